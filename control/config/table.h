#ifndef MGMD_CONTROL_CONFIG_TABLE_H_
#define MGMD_CONTROL_CONFIG_TABLE_H_

// Typed reading of a Document with an error, and its exact place, for whatever is not as it should
// be.
//
// A Table gives Fields by key and remembers which were asked for; Finish() then reports every other
// key as unknown. Nobody keeps a list of keys beside the code that reads them. A Field is read by
// the function of its type, which gives the value, or reports and gives nothing; a key that is
// absent gives nothing silently, unless it was required.
//
//   Table limits = ...;
//   Assign(&out.pending, limits.Get("pending").Integer(1, 1 << 24));
//   limits.Finish();
//
// Every error reads "what is wrong; allowed: what is allowed". Fields and Tables point into the
// document and the errors, which must outlive them; both are small and copied freely, but a Table
// is read and finished in one place.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/any_family.h"
#include "control/config/config.h"
#include "control/config/document.h"

namespace mgmd::config {

// The errors and warnings of one file. Of each the first kMostErrors are kept and the others
// counted, so that no file makes more of them than a person or a machine can take.
class Errors {
 public:
  static constexpr size_t kMostErrors = 1000;
  static constexpr size_t kMostSuggestions = 100;

  explicit Errors(std::string file) : file_(std::move(file)) {}

  // Whether Add() would keep an error; one that is not kept needs no message.
  bool has_room() const { return errors_.size() < kMostErrors; }
  // Whether the next error is worth the search for what was meant.
  bool wants_suggestion() const { return errors_.size() < kMostSuggestions; }
  void Add(Position position, const std::string& key, std::string message);
  // "warning: " comes in front of the message.
  void Warn(Position position, const std::string& key, const std::string& message);

  // All of them, in order of their places, beside the config.
  Result Take(Config config);

 private:
  std::string file_;
  std::vector<Error> errors_;
  std::vector<Error> warnings_;
  size_t more_errors_ = 0;
  size_t more_warnings_ = 0;
};

class Table;

class Field {
 public:
  // `value` is null for an absent key; `position` is then that of its table.
  Field(Errors* errors, std::string key, const Node* value, Position position, bool required)
      : errors_(errors), key_(std::move(key)), value_(value), position_(position), required_(required) {}

  bool present() const { return value_ != nullptr; }
  bool is_string() const { return present() && std::holds_alternative<std::string>(value_->data); }
  bool is_list() const { return present() && std::holds_alternative<NodeList>(value_->data); }
  Position position() const { return position_; }

  void Fail(std::string_view wrong, std::string_view allowed) const;

  // Each takes the words for what is allowed; those left empty are made from the type and its
  // bounds.
  std::optional<bool> Boolean(std::string_view allowed = "true or false") const;
  std::optional<int64_t> Integer(int64_t low, int64_t high, std::string allowed = "") const;
  // Whole or with decimals.
  std::optional<double> Number(double low, double high) const;
  std::optional<std::string> String(std::string allowed = "") const;  // not empty
  std::optional<AnyAddress> Address(std::string_view allowed) const;
  std::optional<AnyPrefix> Prefix(std::string_view allowed) const;
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
  // The same where the caller has an index: `find` gives the place of a string, or nothing.
  using FindPlace = std::function<std::optional<size_t>(const std::string&)>;
  std::optional<size_t> OneOf(std::span<const std::string> words, std::string_view wrong, const FindPlace& find) const;

  // Empty if the key is absent.
  std::vector<Field> List(std::string_view allowed) const;
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
  // The field of one of members(), for a table that takes any key.
  Field At(const Member& member) const;
  void Fail(std::string_view wrong, std::string_view allowed) const;
  // A warning about the table `key` in this one, at its place.
  void WarnAt(Position position, std::string_view key, const std::string& message) const;

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

// In quotes, and on one line whatever it holds; a long one with its beginning only.
std::string Quoted(std::string_view word);
// Each in quotes, and after the sixteenth only how many more.
std::string QuotedList(std::span<const std::string> words);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_TABLE_H_
