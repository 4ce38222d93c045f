#ifndef EARSHOT_RECEIVER_UNTOUCHED_MEMORY_H_
#define EARSHOT_RECEIVER_UNTOUCHED_MEMORY_H_

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

namespace earshot {

// An array that is not written to when it is made: of what a stream must have
// room for but never uses, the operating system gives no pages. To be written
// before it is read.
template <typename T>
class UntouchedMemory {
 public:
  static_assert(std::is_trivially_default_constructible_v<T>);

  explicit UntouchedMemory(size_t size) : data_(new T[size]), size_(size) {}

  // Makes room for at least `size`, forgetting what was there when it grows.
  void Fit(size_t size) {
    if (size <= size_) return;
    data_.reset(new T[size]);
    size_ = size;
  }

  std::span<T> span() { return {data_.get(), size_}; }
  std::span<const T> span() const { return {data_.get(), size_}; }
  T& operator[](size_t i) { return data_[i]; }

 private:
  std::unique_ptr<T[]> data_;
  size_t size_;
};

}  // namespace earshot

#endif  // EARSHOT_RECEIVER_UNTOUCHED_MEMORY_H_
