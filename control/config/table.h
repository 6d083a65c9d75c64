#ifndef MGMD_CONTROL_CONFIG_TABLE_H_
#define MGMD_CONTROL_CONFIG_TABLE_H_

// Typed reading of a Document with an error, and its exact place, for whatever is not as it should be.
//
// A Table gives Fields by key and remembers which were asked for; Finish() then reports every other key as unknown.
// Nobody keeps a list of keys beside the code that reads them. A Field is read by the function of its type, which
// gives the value, or reports and gives nothing; a key that is absent gives nothing silently, unless it was required.
//
//   Table limits = ...;
//   Assign(&out.pending, limits.Get("pending").Integer(1, 1 << 24));
//   limits.Finish();
//
// Every error reads "what is wrong; allowed: what is allowed". Fields and Tables point into the document and the
// errors, which must outlive them; both are small and copied freely, but a Table is read and finished in one place.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/ip_address.h"
#include "control/config/config.h"
#include "control/config/document.h"

namespace mgmd::config {

// The errors of one file.
class Errors {
 public:
  explicit Errors(std::string file) : file_(std::move(file)) {}

  void Add(Position position, const std::string& key, std::string message) {
    list_.push_back({file_, position.line, position.column, key, std::move(message)});
  }
  // In order of their places.
  std::vector<Error> Take();

 private:
  std::string file_;
  std::vector<Error> list_;
};

class Table;

class Field {
 public:
  // `value` is null for an absent key; `position` is then that of its table.
  Field(Errors* errors, std::string key, const Node* value, Position position, bool required)
      : errors_(errors),
        key_(std::move(key)),
        value_(value),
        position_(position),
        required_(required) {}

  bool present() const { return value_ != nullptr; }
  bool is_string() const { return present() && std::holds_alternative<std::string>(value_->data); }
  bool is_list() const { return present() && std::holds_alternative<NodeList>(value_->data); }
  Position position() const { return position_; }

  void Fail(std::string_view wrong, std::string_view allowed) const;

  // Each takes the words for what is allowed; those left empty are made from the type and its bounds.
  std::optional<bool> Boolean(std::string_view allowed = "true or false") const;
  std::optional<int64_t> Integer(int64_t low, int64_t high, std::string allowed = "") const;
  std::optional<std::string> String(std::string allowed = "") const;  // not empty
  std::optional<Ipv4Address> Address(std::string allowed) const;
  std::optional<Ipv4Prefix> Prefix(std::string allowed) const;
  std::optional<OptionValue> Scalar() const;
  template <class T>
  std::optional<T> Choice(std::span<const std::pair<std::string_view, T>> choices) const {
    std::vector<std::string> words;
    for (const auto& choice : choices) words.emplace_back(choice.first);
    const std::optional<size_t> chosen = OneOf(words, "is unknown");
    return chosen ? std::optional(choices[*chosen].second) : std::nullopt;
  }

  // The place of the string among `words`. `wrong` goes on from the string: "is unknown".
  std::optional<size_t> OneOf(std::span<const std::string> words, std::string_view wrong) const;

  // Empty if the key is absent.
  std::vector<Field> List(std::string allowed) const;
  std::vector<Table> Tables() const;     // [[key]]
  std::optional<Table> AsTable() const;  // [key]

 private:
  // The value if it is a T; otherwise an error, or silence for an absent key.
  template <class T>
  const T* As(std::string_view allowed) const;

  Errors* errors_;
  std::string key_;
  const Node* value_;
  Position position_;
  bool required_;
};

class Table {
 public:
  // `path` is "" for the root.
  Table(Errors* errors, std::string path, const MemberList* members, Position position)
      : errors_(errors), path_(std::move(path)), members_(members), position_(position) {}

  Position position() const { return position_; }
  const std::string& path() const { return path_; }
  const MemberList& members() const { return *members_; }

  Field Get(std::string_view key) { return Find(key, false); }
  // A Field that reports its absence when it is read.
  Field Require(std::string_view key) { return Find(key, true); }
  void Fail(std::string_view wrong, std::string_view allowed) const;

  // Reports the keys that nobody has asked for.
  void Finish() const;

 private:
  Field Find(std::string_view key, bool required);

  Errors* errors_;
  std::string path_;
  const MemberList* members_;
  Position position_;
  std::vector<std::string> asked_;
};

template <class T, class U>
void Assign(T* out, const std::optional<U>& value) {
  if (value) *out = static_cast<T>(*value);
}

// In quotes, and on one line whatever it holds.
std::string Quoted(std::string_view word);
// Each in quotes, and behind the sixteenth only how many more.
std::string QuotedList(std::span<const std::string> words);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_TABLE_H_
