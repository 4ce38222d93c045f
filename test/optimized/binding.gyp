# Built by native/test/build.mjs and native/bench/instructions.mjs as the addon is compiled, without sanitizers: what runs
# long and what is counted in instructions. For where it stands see test/sanitized/binding.gyp.
{
  "variables": {"engine_dir": "../../native"},
  "includes": ["../../native/engine.gypi"],
  "target_defaults": {
    "include_dirs": ["<(engine_dir)/test"],
    "cflags": ["-Wall", "-Wextra", "-Werror"],
    "cflags_cc!": ["-fno-exceptions"],
    "cflags_cc": ["-fexceptions"],
  },
  "targets": [
    {
      "target_name": "optimized_engine",
      "type": "static_library",
      "sources": [
        "<@(engine_sources)",
        "<(engine_dir)/test/output_checker.cc",
        "<(engine_dir)/test/rtp_writer.cc",
        "<(engine_dir)/test/simulated_call.cc",
      ],
      "dependencies": ["<(opus_pkg)/deps/binding.gyp:libopus"],
      "export_dependent_settings": ["<(opus_pkg)/deps/binding.gyp:libopus"],
    },
    {
      "target_name": "engine_soak",
      "type": "executable",
      "sources": ["<(engine_dir)/test/engine_soak.cc"],
      "dependencies": ["optimized_engine"],
    },
    {
      "target_name": "engine_instructions",
      "type": "executable",
      "sources": ["<(engine_dir)/bench/engine_instructions.cc"],
      "dependencies": ["optimized_engine"],
    },
  ],
}
