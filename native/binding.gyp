{
  "variables": {"engine_dir": "."},
  "includes": ["engine.gypi"],
  "targets": [
    {
      "target_name": "earshot_engine",
      "type": "static_library",
      "sources": ["<@(engine_sources)"],
      "dependencies": ["<(opus_pkg)/deps/binding.gyp:libopus"],
      "cflags": ["-fPIC", "<@(warnings)"],
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
      "cflags": ["-Wall", "-Wextra", "-Werror"],
      "conditions": [
        ["OS=='linux'", {"ldflags": ["-Wl,--exclude-libs,ALL"]}],
      ],
    },
  ],
}
