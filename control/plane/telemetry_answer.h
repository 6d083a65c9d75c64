#ifndef MGMD_CONTROL_PLANE_TELEMETRY_ANSWER_H_
#define MGMD_CONTROL_PLANE_TELEMETRY_ANSWER_H_

// The answer of a command on DPDK's telemetry socket, which never cuts without a word.
//
// DPDK 22.11 answers with one object of numbers, texts and flat arrays of them. It cuts texts at 127 octets, arrays at
// 512 items, objects at 256 members, and what is beyond 16 KB of JSON it leaves out, each without a word. So what is
// added here is counted as it will be written: a table takes rows until one does not fit, and says so to the caller,
// who tells where to go on; a long text goes on in an array beside it; ListText() says how many items it left out.
//
// DPDK writes no octet outside of printable ASCII either: such octets become "\xNN".
//
// Plain values; no DPDK here.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mgmd::plane {

class TelemetryAnswer {
 public:
  static constexpr size_t kMostText = 127;       // octets of a text, and of a name
  static constexpr size_t kMostItems = 512;      // of an array
  static constexpr size_t kMostMembers = 256;    // of the object
  static constexpr size_t kMostOctets = 16'300;  // of JSON; the command's name and its braces take the rest of 16,384
  // What a table leaves to members that follow it.
  static constexpr size_t kRoomAfterTable = 600;

  using Value = std::variant<uint64_t, std::string, std::vector<uint64_t>, std::vector<std::string>>;
  struct Member {
    std::string name;
    Value value;
  };
  using Cell = std::variant<uint64_t, std::string>;
  enum class Kind : uint8_t { kNumber, kText };
  struct Column {
    std::string_view name;
    Kind kind;
  };

  TelemetryAnswer() = default;
  // {"error": ...}
  static TelemetryAnswer Error(std::string_view text);

  // Names are letters, digits and '_', at most kMostText of them. There is room.
  void Add(std::string_view name, uint64_t number);
  // A text that is too long goes on in the array NAME_more; beyond half the answer it ends with how much is left out.
  void Add(std::string_view name, std::string_view text);

  // An array for each column, also where no row follows.
  void StartTable(const std::vector<Column>& columns);
  // A cell for each column of the table that was started last. False, and nothing is added: the answer has no room for
  // the row. A text that is too long ends with how many octets are left out; ListText() makes none.
  bool AddRow(std::vector<Cell> cells);

  const std::vector<Member>& members() const { return members_; }
  // Of JSON.
  size_t octets() const { return octets_; }

 private:
  void AddMember(std::string_view name, Value value);

  std::vector<Member> members_;
  size_t octets_ = 2;  // the braces
  size_t first_column_ = 0;
  size_t rows_ = 0;
};

// "dn1, dn2, dn3", or as many items as a text of an answer holds and then "dn1, dn2 and 298 more: COMMAND".
std::string ListText(const std::vector<std::string>& items, std::string_view command);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_TELEMETRY_ANSWER_H_
