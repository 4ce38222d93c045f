# The engine and how C++ is compiled: shared by the addon and by its tests.
{
  "variables": {
    # Sources of libopus 1.3.1 as shipped by @discordjs/opus; its JavaScript class is not used.
    "opus_pkg": "<!(node -p \"require('path').relative('.', require('path').dirname(require.resolve('@discordjs/opus/package.json'))).split(require('path').sep).join('/')\")",
    "napi_include": "<!(node -p \"require('node-addon-api').include_dir\")",
    "warnings": ["-Wall", "-Wextra", "-Wconversion", "-Werror"],
    "engine_sources": [
      "<(engine_dir)/rtp/rtp_header.cc",
      "<(engine_dir)/rtp/rtp_extensions.cc",
      "<(engine_dir)/rtp/sequence_gate.cc",
      "<(engine_dir)/opus/opus_packet.cc",
      "<(engine_dir)/opus/opus_library.cc",
      "<(engine_dir)/opus/opus_decoder_host.cc",
      "<(engine_dir)/opus/opus_encoder_host.cc",
      "<(engine_dir)/opus/dred_decoder.cc",
      "<(engine_dir)/dsp/level.cc",
      "<(engine_dir)/dsp/comfort_noise.cc",
      "<(engine_dir)/receiver/decode_cursor.cc",
      "<(engine_dir)/receiver/hole.cc",
      "<(engine_dir)/receiver/media_positions.cc",
      "<(engine_dir)/receiver/packet_buffer.cc",
      "<(engine_dir)/receiver/receiver.cc",
      "<(engine_dir)/receiver/recognizer_policy.cc",
      "<(engine_dir)/receiver/repairer.cc",
      "<(engine_dir)/receiver/sender_clock.cc",
      "<(engine_dir)/receiver/timeline.cc",
    ],
    "addon_sources": [
      "<(engine_dir)/addon/addon.cc",
      "<(engine_dir)/addon/arguments.cc",
      "<(engine_dir)/addon/opus_wrap.cc",
      "<(engine_dir)/addon/receiver_wrap.cc",
      "<(engine_dir)/addon/rtp_functions.cc",
    ],
    "addon_defines": [
      "NAPI_VERSION=8",
      "NAPI_DISABLE_CPP_EXCEPTIONS",
      "NODE_ADDON_API_DISABLE_DEPRECATED",
      "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
      "NODE_ADDON_API_REQUIRE_BASIC_FINALIZERS",
    ],
  },
  "target_defaults": {
    "default_configuration": "Release",
    "include_dirs": ["<(engine_dir)", "<(opus_pkg)/deps/opus/include"],
    "cflags": ["-fvisibility=hidden"],
    "cflags_cc!": ["-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": ["-std=c++20", "-fno-exceptions"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_ENABLE_CPP_EXCEPTIONS": "NO",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
    },
    "msvs_settings": {
      "VCCLCompilerTool": {"AdditionalOptions": ["/std:c++20"]},
    },
    # dlopen, which older glibc keeps in a library of its own.
    "conditions": [["OS=='linux'", {"libraries": ["-ldl"]}]],
  },
}
