#include "addon/rtp_functions.h"

#include <optional>
#include <span>
#include <string>

#include "addon/arguments.h"
#include "codec/codec.h"
#include "opus/opus_packet.h"
#include "rtp/red_splitter.h"
#include "rtp/rtp_extensions.h"
#include "rtp/rtp_header.h"

namespace earshot {
namespace {

// Numbers that ParseRtp and ParseOpus write into `packetFields` of the addon,
// until the next call; src/receiver/rtp-packet.ts reads them in this order. An
// object made here, or memory passed with each call, would cost more than the
// parsing.
constexpr size_t kRtpFields = 7;
constexpr size_t kOpusFields = 4;
using PacketFields = Napi::Reference<Napi::Uint32Array>;

std::span<uint32_t> FieldsOf(const Napi::CallbackInfo& info) {
  return {static_cast<uint32_t*>(info.Data()), kRtpFields + kOpusFields};
}

// All 0 where the payload is no Opus packet: none has a duration of 0.
void WriteOpus(const std::optional<OpusPacket>& packet,
               std::span<uint32_t> fields) {
  const OpusPacket opus = packet.value_or(OpusPacket{});
  fields[kRtpFields] = static_cast<uint32_t>(opus.duration_ticks);
  fields[kRtpFields + 1] = static_cast<uint32_t>(opus.frame_ticks);
  fields[kRtpFields + 2] = opus.has_lbrr ? 1 : 0;
  fields[kRtpFields + 3] = opus.is_dtx ? 1 : 0;
}

// parseRtp(packet: Uint8Array): boolean. Looks into the payload too: who wants
// both would pay for a second call more than for this.
Napi::Value ParseRtp(const Napi::CallbackInfo& info) {
  const auto packet = ReadBytes(info[0], "packet");
  if (!packet) return info.Env().Undefined();
  const auto header = ParseRtpHeader(*packet);
  if (!header) return Napi::Boolean::New(info.Env(), false);
  const auto fields = FieldsOf(info);
  fields[0] = header->payload_type;
  fields[1] = header->marker ? 1 : 0;
  fields[2] = header->sequence_number;
  fields[3] = header->timestamp;
  fields[4] = header->ssrc;
  fields[5] = static_cast<uint32_t>(header->payload_offset);
  fields[6] = static_cast<uint32_t>(header->payload_size);
  WriteOpus(ParseOpusPacket(
                packet->subspan(header->payload_offset, header->payload_size)),
            fields);
  return Napi::Boolean::New(info.Env(), true);
}

// findRtpExtension(packet: Uint8Array, id: number): Uint8Array | undefined
Napi::Value FindExtension(const Napi::CallbackInfo& info) {
  const auto packet = ReadBytes(info[0], "packet");
  if (!packet) return info.Env().Undefined();
  const auto id = ReadInteger(info[1], "id", 1, 255);
  if (!id) return info.Env().Undefined();
  const auto header = ParseRtpHeader(*packet);
  if (!header) return info.Env().Undefined();
  const auto data = FindRtpExtension(*packet, *header, static_cast<int>(*id));
  if (data.data() == nullptr) return info.Env().Undefined();
  auto copy = Napi::Uint8Array::New(info.Env(), data.size());
  std::copy(data.begin(), data.end(), copy.Data());
  return copy;
}

// parseOpus(payload: Uint8Array): boolean
Napi::Value ParseOpus(const Napi::CallbackInfo& info) {
  const auto payload = ReadBytes(info[0], "payload");
  if (!payload) return info.Env().Undefined();
  const auto packet = ParseOpusPacket(*payload);
  WriteOpus(packet, FieldsOf(info));
  return Napi::Boolean::New(info.Env(), packet.has_value());
}

// splitRed(payload: Uint8Array, redPayloadType: number): object[], the primary
// block last where there is one.
Napi::Value SplitRedPayload(const Napi::CallbackInfo& info) {
  const auto payload = ReadBytes(info[0], "payload");
  if (!payload) return info.Env().Undefined();
  const auto red_type = ReadInteger(info[1], "redPayloadType", 0, 127);
  if (!red_type) return info.Env().Undefined();
  const RedSplit split = SplitRed(*payload, static_cast<int>(*red_type));
  auto blocks = Napi::Array::New(info.Env(), split.count);
  uint32_t index = 0;
  for (const RedBlock& block : split.view()) {
    auto fields = Napi::Object::New(info.Env());
    fields.Set("payloadType", block.payload_type);
    fields.Set("timestampOffset", block.timestamp_offset);
    fields.Set("payloadOffset",
               static_cast<double>(block.payload.data() - payload->data()));
    fields.Set("payloadLength", static_cast<double>(block.payload.size()));
    blocks.Set(index++, fields);
  }
  return blocks;
}

// checkCodec(rtpmap): undefined, or what of it is not understood.
Napi::Value CheckCodec(const Napi::CallbackInfo& info) {
  const std::string rtpmap = info[0].ToString().Utf8Value();
  const CodecParse parsed = ParseCodecFormat(rtpmap);
  if (parsed.format) return info.Env().Undefined();
  const std::string refused(parsed.refused);
  switch (parsed.refusal) {
    case CodecRefusal::kEncoding:
      return Napi::String::New(info.Env(), "the encoding " + refused);
    case CodecRefusal::kClockRate:
      return Napi::String::New(info.Env(), "the clock rate " + refused);
    case CodecRefusal::kChannels:
      return Napi::String::New(info.Env(), refused + " channels");
    case CodecRefusal::kMalformed:
    case CodecRefusal::kNone:
      break;
  }
  return Napi::String::New(info.Env(), "its form");
}

}  // namespace

void ExportRtpFunctions(Napi::Env env, Napi::Object exports) {
  auto fields = Napi::Uint32Array::New(env, kRtpFields + kOpusFields);
  uint32_t* const memory = fields.Data();
  exports.Set("packetFields", fields);
  // The functions may outlive what they are exported on.
  env.AddCleanupHook([](PacketFields* kept) { delete kept; },
                     new PacketFields(Napi::Persistent(fields)));
  exports.Set("parseRtp",
              Napi::Function::New(env, ParseRtp, "parseRtp", memory));
  exports.Set("findRtpExtension",
              Napi::Function::New(env, FindExtension, "findRtpExtension"));
  exports.Set("checkCodec", Napi::Function::New(env, CheckCodec, "checkCodec"));
  exports.Set("parseOpus",
              Napi::Function::New(env, ParseOpus, "parseOpus", memory));
  exports.Set("splitRed",
              Napi::Function::New(env, SplitRedPayload, "splitRed"));
}

}  // namespace earshot
