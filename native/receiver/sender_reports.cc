#include "receiver/sender_reports.h"

#include <algorithm>

namespace earshot {

bool SenderReports::Note(const SenderReport& report) {
  if (report.ntp_time == 0) return false;
  size_t place = 0;
  while (place < used_ && reports_[place].ssrc != report.ssrc) ++place;
  if (place == used_ && used_ < kSources) ++used_;
  const auto first = reports_.begin();
  std::shift_right(first, first + std::min(place + 1, kSources), 1);
  reports_[0] = report;
  return true;
}

const SenderReport* SenderReports::Of(uint32_t ssrc) const {
  const auto end = reports_.begin() + used_;
  const auto place = std::find_if(
      reports_.begin(), end,
      [ssrc](const SenderReport& report) { return report.ssrc == ssrc; });
  return place == end ? nullptr : &*place;
}

}  // namespace earshot
