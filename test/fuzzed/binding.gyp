# Built by native/fuzz/build.mjs with clang: libFuzzer's coverage, AddressSanitizer and UndefinedBehaviorSanitizer on every
# source, libopus's too. For where it stands see test/sanitized/binding.gyp; folders of the same depth share one makefile
# of libopus, which is the same for all of them.
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
      "target_name": "fuzzed_engine",
      "type": "static_library",
      "sources": [
        "<@(engine_sources)",
        "<(engine_dir)/fuzz/voice_payloads.cc",
        "<(engine_dir)/test/output_checker.cc",
        "<(engine_dir)/test/rtp_writer.cc",
        "<(engine_dir)/test/simulated_call.cc",
      ],
      "dependencies": ["<(opus_pkg)/deps/binding.gyp:libopus"],
      "export_dependent_settings": ["<(opus_pkg)/deps/binding.gyp:libopus"],
    },
    {
      "target_name": "make_seeds",
      "type": "executable",
      "sources": ["<(engine_dir)/fuzz/make_seeds.cc"],
      "dependencies": ["fuzzed_engine"],
    },
    {
      "target_name": "rtp_fuzzer",
      "type": "executable",
      "sources": ["<(engine_dir)/fuzz/rtp_fuzzer.cc"],
      "dependencies": ["fuzzed_engine"],
      "ldflags": ["-fsanitize=fuzzer"],
    },
    {
      "target_name": "red_fuzzer",
      "type": "executable",
      "sources": ["<(engine_dir)/fuzz/red_fuzzer.cc"],
      "dependencies": ["fuzzed_engine"],
      "ldflags": ["-fsanitize=fuzzer"],
    },
    {
      "target_name": "opus_payload_fuzzer",
      "type": "executable",
      "sources": ["<(engine_dir)/fuzz/opus_payload_fuzzer.cc"],
      "dependencies": ["fuzzed_engine"],
      "ldflags": ["-fsanitize=fuzzer"],
    },
    {
      "target_name": "event_stream_fuzzer",
      "type": "executable",
      "sources": ["<(engine_dir)/fuzz/event_stream_fuzzer.cc"],
      "dependencies": ["fuzzed_engine"],
      "ldflags": ["-fsanitize=fuzzer"],
    },
  ],
}
