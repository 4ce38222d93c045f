# Built by native/test/build.mjs with AddressSanitizer and UndefinedBehaviorSanitizer on every source, libopus's too.
# It stands outside native/: gyp writes libopus's makefile to <first folder of this path>/node_modules, and the addon's
# is at native/node_modules; two that met there would overwrite each other's.
{
  "variables": {"engine_dir": "../../native"},
  "includes": ["../../native/engine.gypi"],
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
        "<(engine_dir)/test/main.cc",
        "<(engine_dir)/test/simulated_call.cc",
        "<(engine_dir)/test/allocation_test.cc",
        "<(engine_dir)/test/hole_test.cc",
        "<(engine_dir)/test/media_positions_test.cc",
        "<(engine_dir)/test/opus_packet_test.cc",
        "<(engine_dir)/test/packet_buffer_test.cc",
        "<(engine_dir)/test/receiver_loss_test.cc",
        "<(engine_dir)/test/receiver_mutation_test.cc",
        "<(engine_dir)/test/receiver_repair_test.cc",
        "<(engine_dir)/test/receiver_silence_test.cc",
        "<(engine_dir)/test/receiver_stream_test.cc",
        "<(engine_dir)/test/recognizer_policy_test.cc",
        "<(engine_dir)/test/rtp_header_test.cc",
        "<(engine_dir)/test/sender_clock_test.cc",
        "<(engine_dir)/test/sequence_gate_test.cc",
      ],
      "dependencies": [
        "earshot_engine",
        "<(opus_pkg)/deps/binding.gyp:libopus",
      ],
      "include_dirs": ["<(engine_dir)/test"],
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
