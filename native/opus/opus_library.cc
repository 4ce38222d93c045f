#include "opus/opus_library.h"

#ifndef _WIN32
#include <dlfcn.h>
#endif

namespace earshot {
namespace {

// A mono decoder with the network built in has 141,108 bytes (1.5.2) or 191,580
// (1.6.1), one without it 18,228 (1.3.1).
constexpr int kDeepPlcDecoderBytes = 60'000;
constexpr int kDeepPlcComplexity = 5;  // opus_decoder.c, since 1.5.

OpusFunctions LinkedFunctions() {
  OpusFunctions linked;
  linked.get_version_string = &opus_get_version_string;
  linked.decoder_get_size = &opus_decoder_get_size;
  linked.decoder_create = &opus_decoder_create;
  linked.decoder_destroy = &opus_decoder_destroy;
  linked.decoder_ctl = &opus_decoder_ctl;
  linked.decode = &opus_decode;
  linked.encoder_create = &opus_encoder_create;
  linked.encoder_destroy = &opus_encoder_destroy;
  linked.encoder_ctl = &opus_encoder_ctl;
  linked.encode = &opus_encode;
  return linked;
}

// The size alone would not do: a library may keep the network's state and have
// its use switched off.
bool ConcealsDeep(const OpusFunctions& library, int mono_decoder_bytes) {
  if (mono_decoder_bytes <= kDeepPlcDecoderBytes) return false;
  int error = OPUS_OK;
  OpusDecoder* decoder = library.decoder_create(16000, 1, &error);
  if (decoder == nullptr) return false;
  const int answer =
      library.decoder_ctl(decoder, OPUS_SET_COMPLEXITY(kDeepPlcComplexity));
  library.decoder_destroy(decoder);
  return answer == OPUS_OK;
}

// 1.5 and 1.6 built without DRED have the symbols too, and a size of 0.
bool ReadsDred(const OpusFunctions& library) {
  return library.dred_get_size && library.dred_decoder_create &&
         library.dred_decoder_destroy && library.dred_alloc &&
         library.dred_free && library.dred_parse && library.dred_decode &&
         library.dred_get_size() > 0;
}

#ifndef _WIN32

constexpr char kHelp[] =
    "; name a shared libopus (Debian and Ubuntu: libopus.so.0, of the package "
    "libopus0), or none to use the one that is built in";

// A libopus calls its own public functions by name, and ELF takes the name from
// whoever offers it to the whole process first. Two versions mixed like that
// overwrite memory.
bool IsShadowed(void* handle) {
#ifdef __linux__
  constexpr char kName[] = "opus_decoder_get_size";
  void* const first = dlsym(RTLD_DEFAULT, kName);
  return first != nullptr && first != dlsym(handle, kName);
#else
  (void)handle;
  return false;
#endif
}

// Looks symbols up, and remembers the first that is not there.
class Symbols {
 public:
  explicit Symbols(void* handle) : handle_(handle) {}

  template <typename Function>
  void Find(const char* name, Function*& function) {
    FindWhereThere(name, function);
    if (function == nullptr && missing_ == nullptr) missing_ = name;
  }

  template <typename Function>
  void FindWhereThere(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(dlsym(handle_, name));
  }

  const char* missing() const { return missing_; }

 private:
  void* const handle_;
  const char* missing_ = nullptr;
};

#endif

}  // namespace

OpusLibrary::OpusLibrary(const OpusFunctions& functions)
    : functions_(functions) {
  features_.version = functions.get_version_string();
  features_.mono_decoder_bytes = functions.decoder_get_size(1);
  features_.stereo_decoder_bytes = functions.decoder_get_size(2);
  features_.deep_plc = ConcealsDeep(functions, features_.mono_decoder_bytes);
  features_.dred = ReadsDred(functions);
}

const OpusLibrary& OpusLibrary::BuiltIn() {
  static const OpusLibrary built_in(LinkedFunctions());
  return built_in;
}

#ifdef _WIN32

OpenedOpusLibrary OpusLibrary::Open(const std::string&) {
  OpenedOpusLibrary opened;
  opened.error =
      "A shared libopus cannot be opened on Windows; name none to use the one "
      "that is built in";
  return opened;
}

#else

OpenedOpusLibrary OpusLibrary::Open(const std::string& path) {
  OpenedOpusLibrary opened;
  // The empty name means the program itself to dlopen.
  void* const handle =
      path.empty() ? nullptr : dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* const reason = path.empty() ? "its path is empty" : dlerror();
    opened.error = std::string("No libopus could be opened: ") + reason + kHelp;
    return opened;
  }

  OpusFunctions found;
  Symbols symbols(handle);
  symbols.Find("opus_get_version_string", found.get_version_string);
  symbols.Find("opus_decoder_get_size", found.decoder_get_size);
  symbols.Find("opus_decoder_create", found.decoder_create);
  symbols.Find("opus_decoder_destroy", found.decoder_destroy);
  symbols.Find("opus_decoder_ctl", found.decoder_ctl);
  symbols.Find("opus_decode", found.decode);
  symbols.Find("opus_encoder_create", found.encoder_create);
  symbols.Find("opus_encoder_destroy", found.encoder_destroy);
  symbols.Find("opus_encoder_ctl", found.encoder_ctl);
  symbols.Find("opus_encode", found.encode);
  if (symbols.missing() != nullptr) {
    opened.error =
        path + " is not a libopus: it has no " + symbols.missing() + kHelp;
    dlclose(handle);
    return opened;
  }
  if (IsShadowed(handle)) {
    opened.error = path +
                   " cannot be used: this program has loaded another libopus "
                   "for everybody (LD_PRELOAD, or linked into it)" +
                   kHelp;
    dlclose(handle);
    return opened;
  }
  symbols.FindWhereThere("opus_dred_get_size", found.dred_get_size);
  symbols.FindWhereThere("opus_dred_decoder_create", found.dred_decoder_create);
  symbols.FindWhereThere("opus_dred_decoder_destroy",
                         found.dred_decoder_destroy);
  symbols.FindWhereThere("opus_dred_alloc", found.dred_alloc);
  symbols.FindWhereThere("opus_dred_free", found.dred_free);
  symbols.FindWhereThere("opus_dred_parse", found.dred_parse);
  symbols.FindWhereThere("opus_decoder_dred_decode", found.dred_decode);
  opened.library = OpusLibrary(found);
  return opened;
}

#endif

}  // namespace earshot
