#ifndef EARSHOT_OPUS_OPUS_LIBRARY_H_
#define EARSHOT_OPUS_OPUS_LIBRARY_H_

#include <opus.h>

#include <optional>
#include <string>

struct OpusDRED;
struct OpusDREDDecoder;

namespace earshot {

// The functions of a libopus that the engine calls; opus.h describes them.
struct OpusFunctions {
  decltype(&opus_get_version_string) get_version_string = nullptr;
  decltype(&opus_decoder_get_size) decoder_get_size = nullptr;
  decltype(&opus_decoder_create) decoder_create = nullptr;
  decltype(&opus_decoder_destroy) decoder_destroy = nullptr;
  decltype(&opus_decoder_ctl) decoder_ctl = nullptr;
  decltype(&opus_decode) decode = nullptr;
  decltype(&opus_encoder_create) encoder_create = nullptr;
  decltype(&opus_encoder_destroy) encoder_destroy = nullptr;
  decltype(&opus_encoder_ctl) encoder_ctl = nullptr;
  decltype(&opus_encode) encode = nullptr;

  // Since 1.5; all of them are there where OpusFeatures::dred is true.
  int (*dred_get_size)() = nullptr;
  OpusDREDDecoder* (*dred_decoder_create)(int* error) = nullptr;
  void (*dred_decoder_destroy)(OpusDREDDecoder*) = nullptr;
  OpusDRED* (*dred_alloc)(int* error) = nullptr;
  void (*dred_free)(OpusDRED*) = nullptr;
  int (*dred_parse)(OpusDREDDecoder*, OpusDRED*, const unsigned char* data,
                    opus_int32 len, opus_int32 max_dred_samples,
                    opus_int32 sampling_rate, int* dred_end,
                    int defer_processing) = nullptr;
  int (*dred_decode)(OpusDecoder*, const OpusDRED*, opus_int32 dred_offset,
                     opus_int16* pcm, opus_int32 frame_size) = nullptr;
};

// What a libopus can do; found out by asking it, not by its version.
struct OpusFeatures {
  const char* version = "";      // As opus_get_version_string() gives it.
  int mono_decoder_bytes = 0;    // Of a decoder's state.
  int stereo_decoder_bytes = 0;  // Of a decoder's state.
  bool deep_plc = false;         // Conceals by a neural vocoder.
  bool dred = false;             // Reads deep redundancy.
};

struct OpenedOpusLibrary;

// A libopus: the one that is linked in, or a shared one. A plain value: once
// opened, a shared library stays loaded as long as the process runs, so that
// decoders never outlive it.
class OpusLibrary {
 public:
  static const OpusLibrary& BuiltIn();

  // Opens a shared libopus. A `path` without a slash is looked for in the
  // system's library folders. Not on Windows.
  static OpenedOpusLibrary Open(const std::string& path);

  const OpusFunctions& functions() const { return functions_; }
  const OpusFeatures& features() const { return features_; }

 private:
  explicit OpusLibrary(const OpusFunctions& functions);

  OpusFunctions functions_;
  OpusFeatures features_;
};

struct OpenedOpusLibrary {
  std::optional<OpusLibrary> library;
  std::string error;  // Without a library: what is wrong and what to do.
};

}  // namespace earshot

#endif  // EARSHOT_OPUS_OPUS_LIBRARY_H_
