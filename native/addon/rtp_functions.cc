#include "addon/rtp_functions.h"

#include <algorithm>
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

// Numbers that InspectPackets writes of a packet, packed into words: there may
// be a million. src/capture/packet-cursor.ts reads them: SSRC; timestamp;
// sequence number, above it the payload type in 7 bits and a bit each for
// marker, LBRR and DTX, and whether it is RTP at all; where the payload begins;
// its length; ticks of the Opus packet and, above 16 bits, of its frames, 0 for
// no Opus.
constexpr size_t kInspectedWords = 6;

void WriteInspected(std::span<const uint8_t> packet,
                    std::span<uint32_t> words) {
  const auto header = ParseRtpHeader(packet);
  if (!header) {
    std::ranges::fill(words, 0);
    return;
  }
  const OpusPacket opus = ParseOpusPacket(packet.subspan(header->payload_offset,
                                                         header->payload_size))
                              .value_or(OpusPacket{});
  words[0] = header->ssrc;
  words[1] = header->timestamp;
  words[2] = header->sequence_number | uint32_t{header->payload_type} << 16 |
             uint32_t{header->marker} << 23 | uint32_t{opus.has_lbrr} << 24 |
             uint32_t{opus.is_dtx} << 25 | uint32_t{1} << 26;
  words[3] = static_cast<uint32_t>(header->payload_offset);
  words[4] = static_cast<uint32_t>(header->payload_size);
  words[5] = static_cast<uint32_t>(opus.duration_ticks) |
             static_cast<uint32_t>(opus.frame_ticks) << 16;
}

// inspectRtpPackets(bytes: Uint8Array, starts: Uint32Array, lengths:
// Uint32Array, words: Uint32Array, count: number): number. What parseRtp does,
// of many packets that lie in one memory; returns how many are RTP.
Napi::Value InspectPackets(const Napi::CallbackInfo& info) {
  const auto places = ReadPacketPlaces(info);
  if (!places) return info.Env().Undefined();
  const auto words = ReadUint32s(info[3], "words");
  if (!words) return info.Env().Undefined();
  const size_t rows = std::min(places->size(), words->size() / kInspectedWords);
  const auto count =
      ReadInteger(info[4], "count", 0, static_cast<int64_t>(rows));
  if (!count) return info.Env().Undefined();
  uint32_t found = 0;
  for (size_t i = 0; i < static_cast<size_t>(*count); ++i) {
    const auto packet = PacketAt(info.Env(), *places, i);
    if (!packet) return info.Env().Undefined();
    const auto of_packet = words->subspan(i * kInspectedWords, kInspectedWords);
    WriteInspected(*packet, of_packet);
    if (of_packet[2] != 0) ++found;
  }
  return Napi::Number::New(info.Env(), found);
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
  exports.Set("inspectRtpPackets",
              Napi::Function::New(env, InspectPackets, "inspectRtpPackets"));
  exports.Set("findRtpExtension",
              Napi::Function::New(env, FindExtension, "findRtpExtension"));
  exports.Set("checkCodec", Napi::Function::New(env, CheckCodec, "checkCodec"));
  exports.Set("parseOpus",
              Napi::Function::New(env, ParseOpus, "parseOpus", memory));
  exports.Set("splitRed",
              Napi::Function::New(env, SplitRedPayload, "splitRed"));
}

}  // namespace earshot
