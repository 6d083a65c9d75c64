#ifndef MGMD_CONTROL_CONFIG_DOCUMENT_H_
#define MGMD_CONTROL_CONFIG_DOCUMENT_H_

// A TOML text as a tree of nodes that know their place in it. The TOML library ends here: nothing else includes it.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mgmd::config {

// Counted from 1; a column is a character, not a byte.
struct Position {
  int line = 0;
  int column = 0;

  auto operator<=>(const Position&) const = default;
};

struct Node;
struct Member;

struct DateOrTime {};  // no key takes one
using NodeList = std::vector<Node>;
using MemberList = std::vector<Member>;  // in order of the text

struct Node {
  std::variant<bool, int64_t, double, std::string, DateOrTime, NodeList, MemberList> data;
  Position position;  // of a table with a header: the header
};

struct Member {
  std::string key;
  Position position;  // of the key
  Node value;
};

struct SyntaxError {
  Position position;
  std::string message;
};

// The root table, or the place where the text stops being TOML.
std::variant<MemberList, SyntaxError> ParseDocument(std::string_view text);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_DOCUMENT_H_
