#ifndef MGMD_CONTROL_MEMBERSHIP_ROOM_H_
#define MGMD_CONTROL_MEMBERSHIP_ROOM_H_

// How many of something there may be, and what an operator is told of that: once when four fifths are there, once when
// nothing more fits, and once when it is well below again. Nothing is ever thrown out to make room.
//
// A plain value.

#include <cstdint>
#include <optional>

namespace mgmd::membership {

enum class RoomNews : uint8_t { kNearlyFull, kFull, kBelowAgain };

class Room {
 public:
  explicit Room(uint64_t most) : most_(most) {}

  // False: there is none.
  bool Take() {
    if (used_ >= most_) {
      refused_ = true;
      return false;
    }
    ++used_;
    return true;
  }
  void Give(uint64_t count = 1) { used_ -= count; }
  // What is there stays, though it be more.
  void SetMost(uint64_t most) { most_ = most; }

  uint64_t used() const { return used_; }
  uint64_t most() const { return most_; }

  // What is to be told since the last time, if anything.
  std::optional<RoomNews> News() {
    const uint64_t percent = most_ == 0 ? 100 : used_ * 100 / most_;
    if (refused_ && told_ != RoomNews::kFull) return Tell(RoomNews::kFull);
    refused_ = false;
    if (told_ == RoomNews::kBelowAgain && percent >= 80) return Tell(RoomNews::kNearlyFull);
    if (told_ == RoomNews::kFull && percent < 90) return Tell(RoomNews::kBelowAgain);
    if (told_ == RoomNews::kNearlyFull && percent < 72) told_ = RoomNews::kBelowAgain;  // it may be told again
    return std::nullopt;
  }

 private:
  RoomNews Tell(RoomNews news) {
    told_ = news;
    refused_ = false;
    return news;
  }

  uint64_t most_;
  uint64_t used_ = 0;
  bool refused_ = false;
  RoomNews told_ = RoomNews::kBelowAgain;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_ROOM_H_
