# Built by native/test/build.mjs with AddressSanitizer and UndefinedBehaviorSanitizer on every source, libopus's too.
# One folder deeper than the addon's: gyp writes libopus's makefile beside the build folder's parent, and two that
# met there would overwrite each other's.
{
  "variables": {"engine_dir": "../.."},
  "includes": ["../../engine.gypi"],
  "targets": [
    {
      "target_name": "earshot_engine",
      "type": "static_library",
      "sources": ["<@(engine_sources)"],
      "dependencies": ["<(opus_pkg)/deps/binding.gyp:libopus"],
      "cflags": ["-fPIC", "<@(warnings)"],
    },
    {
      "target_name": "engine_test",
      "type": "executable",
      "sources": [
        "../main.cc",
        "../simulated_call.cc",
        "../hole_test.cc",
        "../media_positions_test.cc",
        "../opus_packet_test.cc",
        "../packet_buffer_test.cc",
        "../receiver_loss_test.cc",
        "../receiver_mutation_test.cc",
        "../receiver_silence_test.cc",
        "../receiver_stream_test.cc",
        "../recognizer_policy_test.cc",
        "../rtp_header_test.cc",
        "../sender_clock_test.cc",
        "../sequence_gate_test.cc",
      ],
      "dependencies": [
        "earshot_engine",
        "<(opus_pkg)/deps/binding.gyp:libopus",
      ],
      "include_dirs": [".."],
      "cflags": ["-Wall", "-Wextra", "-Werror"],
      "cflags_cc!": ["-fno-exceptions"],
      "cflags_cc": ["-fexceptions"],
    },
    {
      "target_name": "earshot",
      "type": "loadable_module",
      "sources": ["<@(addon_sources)"],
      "include_dirs": ["<(napi_include)"],
      "dependencies": [
        "earshot_engine",
        "<(opus_pkg)/deps/binding.gyp:libopus",
      ],
      "defines": ["<@(addon_defines)"],
    },
  ],
}
