#include "receiver/sender_wall_clock.h"

#include "rtp/rtp_extensions.h"

namespace earshot {

void SenderWallClock::OnReport(const SenderReport& report) {
  if (reports_.Note(report) && report.ssrc == ssrc_) Learn(report);
}

void SenderWallClock::Follow(uint32_t ssrc) {
  ssrc_ = ssrc;
  const SenderReport* report = reports_.Of(ssrc);
  if (report != nullptr) Learn(*report);
}

void SenderWallClock::Learn(const SenderReport& report) {
  capture_time_.OnSenderReport(
      positions_.Nearest(report.rtp_timestamp, positions_.clock_rate_hz()),
      UnixUsOfNtp(report.ntp_time));
}

void SenderWallClock::OnNewest(std::span<const uint8_t> packet,
                               const RtpHeader& header, int64_t media_ticks) {
  if (extension_id_ == 0) return;
  const auto data = FindRtpExtension(packet, header, extension_id_);
  if (data.size() < sizeof(uint64_t)) return;
  uint64_t ntp_time = 0;
  for (const uint8_t byte : data.first(sizeof(uint64_t))) {
    ntp_time = ntp_time << 8 | byte;
  }
  capture_time_.OnAbsCaptureTime(media_ticks, UnixUsOfNtp(ntp_time));
}

std::optional<KnownPosition> SenderWallClock::PositionOf(
    uint32_t next_ssrc) const {
  if (!ssrc_ || next_ssrc == ssrc_) return {};
  const SenderReport* report = reports_.Of(*ssrc_);
  const SenderReport* next = reports_.Of(next_ssrc);
  if (report == nullptr || next == nullptr) return {};
  const int64_t later_us =
      UnixUsOfNtp(next->ntp_time) - UnixUsOfNtp(report->ntp_time);
  return KnownPosition{
      next->rtp_timestamp,
      positions_.Nearest(report->rtp_timestamp, positions_.clock_rate_hz()) +
          later_us * kTicksPerMs / 1000};
}

}  // namespace earshot
