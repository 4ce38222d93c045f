#ifndef EARSHOT_RECEIVER_EXTRAPOLATOR_H_
#define EARSHOT_RECEIVER_EXTRAPOLATOR_H_

#include <cstdint>
#include <span>
#include <vector>

#include "codec/packed_state.h"
#include "receiver/concealment_budget.h"
#include "receiver/decode_cursor.h"
#include "receiver/repairer.h"

namespace earshot {

// Makes audio up behind what is known, beside the timeline: from the state of
// the decoder there on, then going on from itself, in the frames in which a
// loss would be concealed on the timeline.
class Extrapolator {
 public:
  // The references, and the budget where there is one, must outlive this
  // object. The repairer lends a decoder: not to be used while a repair is
  // going on.
  Extrapolator(const DecodeCursor& live, Repairer& repairer,
               ConcealmentBudget* budget);

  // Starts anew from where what is known ends.
  void Begin(const DecodeCursor& end);

  // Makes the next samples, any number of them.
  void Fill(std::span<int16_t> pcm);

 private:
  void MakeFrame();

  const DecodeCursor& live_;
  Repairer& repairer_;
  ConcealmentBudget* const budget_;
  PackedState state_;  // Of the decoder that goes on.
  CodecFormat format_;
  bool begins_run_ = false;
  int64_t cursor_use_ = kNever;  // The last of the repairer's cursor.
  std::vector<int16_t> frame_;
  std::span<const int16_t> left_;  // Of the frame, not used yet.
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_EXTRAPOLATOR_H_
