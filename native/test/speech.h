#ifndef EARSHOT_TEST_SPEECH_H_
#define EARSHOT_TEST_SPEECH_H_

#include <cstdint>
#include <span>
#include <vector>

namespace earshot {

constexpr int kSpeechRateHz = 16000;

// From the recorded call of fixtures/speech: prompts spoken by people, with
// pauses.
std::vector<int16_t> Speech(int from_ms, int duration_ms);
std::vector<int16_t> WholeCall();

// How far apart two recordings at 16 kHz of the same length sound: the root
// mean square, over frames of 20 ms, of the difference between the levels in 40
// bands of 200 Hz. Levels under -60 dB full scale count as such.
double LogSpectralDistanceDb(std::span<const int16_t> a,
                             std::span<const int16_t> b);

}  // namespace earshot

#endif  // EARSHOT_TEST_SPEECH_H_
