#include "control/config/table.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "control/config/near_miss.h"

namespace mgmd::config {
namespace {

// Octets of a text from the file that a message shows.
constexpr size_t kLongestQuote = 100;

// What a value is, in words: "the string "x"", "an array".
std::string Describe(const Node& value) {
  struct Words {
    std::string operator()(bool flag) const { return flag ? "the boolean true" : "the boolean false"; }
    std::string operator()(int64_t number) const { return absl::StrCat("the integer ", number); }
    std::string operator()(double number) const { return absl::StrCat("the float ", number); }
    std::string operator()(const std::string& text) const { return "the string " + Quoted(text); }
    std::string operator()(DateOrTime) const { return "a date or time"; }
    std::string operator()(const NodeList&) const { return "an array"; }
    std::string operator()(const MemberList&) const { return "a table"; }
  };
  return std::visit(Words(), value.data);
}

// "path.key", with a key in quotes where TOML wants them or it is long.
std::string Join(const std::string& path, std::string_view key) {
  const bool bare = !key.empty() && key.size() <= kLongestQuote && std::all_of(key.begin(), key.end(), [](char letter) {
    return absl::ascii_isalnum(static_cast<unsigned char>(letter)) || letter == '_' || letter == '-';
  });
  return (path.empty() ? "" : path + ".") + (bare ? std::string(key) : Quoted(key));
}

// " (did you mean "x"?)" or nothing.
std::string Suggestion(std::string_view word, std::span<const std::string> known) {
  const std::string_view near = NearMiss(word, known);
  return near.empty() ? "" : " (did you mean " + Quoted(near) + "?)";
}

}  // namespace

void Errors::Add(Position position, const std::string& key, std::string message) {
  if (!has_room()) {
    ++more_errors_;
    return;
  }
  errors_.push_back({file_, position.line, position.column, key, std::move(message)});
}

void Errors::Warn(Position position, const std::string& key, const std::string& message) {
  if (warnings_.size() == kMostErrors) {
    ++more_warnings_;
    return;
  }
  warnings_.push_back({file_, position.line, position.column, key, "warning: " + message});
}

Result Errors::Take(Config config) {
  for (auto* list : {&errors_, &warnings_}) {
    std::stable_sort(list->begin(), list->end(), [](const Error& a, const Error& b) {
      return Position{a.line, a.column} < Position{b.line, b.column};
    });
  }
  return {std::move(config), std::move(errors_), more_errors_, std::move(warnings_), more_warnings_};
}

std::string Quoted(std::string_view word) {
  const bool is_long = word.size() > kLongestQuote;
  if (is_long) {
    size_t end = kLongestQuote;
    // Not in the middle of a character.
    while (end > 0 && (static_cast<unsigned char>(word[end]) & 0xC0) == 0x80) --end;
    word = word.substr(0, end);
  }
  return "\"" + absl::Utf8SafeCEscape({word.data(), word.size()}) + (is_long ? "...\"" : "\"");
}

std::string QuotedList(std::span<const std::string> words) {
  constexpr size_t kShown = 16;
  std::string text;
  for (const std::string& word : words.first(std::min(words.size(), kShown))) {
    if (!text.empty()) text += ", ";
    text += Quoted(word);
  }
  if (words.size() > kShown) text += " and " + std::to_string(words.size() - kShown) + " more";
  return text;
}

void Field::Fail(std::string_view wrong, std::string_view allowed) const {
  std::string message(wrong);
  message.append("; allowed: ").append(allowed);
  errors_->Add(position_, key_, std::move(message));
}

template <class T>
const T* Field::As(std::string_view allowed) const {
  if (!present()) {
    if (required_) Fail("missing", allowed);
    return nullptr;
  }
  const T* data = std::get_if<T>(&value_->data);
  if (data == nullptr) Fail(Describe(*value_) + " is of the wrong type", allowed);
  return data;
}

std::optional<bool> Field::Boolean(std::string_view allowed) const {
  const bool* flag = As<bool>(allowed);
  return flag ? std::optional(*flag) : std::nullopt;
}

std::optional<int64_t> Field::Integer(int64_t low, int64_t high, std::string allowed) const {
  if (allowed.empty()) allowed = "an integer from " + std::to_string(low) + " to " + std::to_string(high);
  const int64_t* number = As<int64_t>(allowed);
  if (number == nullptr) return std::nullopt;
  if (*number < low || *number > high) {
    Fail(std::to_string(*number) + " is out of range", allowed);
    return std::nullopt;
  }
  return *number;
}

std::optional<double> Field::Number(double low, double high) const {
  const auto text = [](double number) {
    std::ostringstream stream;
    stream << std::setprecision(10) << number;
    return stream.str();
  };
  const std::string allowed = "a number from " + text(low) + " to " + text(high);
  const auto* whole = present() ? std::get_if<int64_t>(&value_->data) : nullptr;
  const double* real = whole == nullptr ? As<double>(allowed) : nullptr;
  if (whole == nullptr && real == nullptr) return std::nullopt;
  const double number = whole != nullptr ? static_cast<double>(*whole) : *real;
  if (number >= low && number <= high) return number;
  Fail(text(number) + " is out of range", allowed);  // so is what is no number
  return std::nullopt;
}

std::optional<std::string> Field::String(std::string allowed) const {
  if (allowed.empty()) allowed = "a string that is not empty";
  const std::string* text = As<std::string>(allowed);
  if (text == nullptr) return std::nullopt;
  if (text->empty()) {
    Fail("the string is empty", allowed);
    return std::nullopt;
  }
  return *text;
}

std::optional<AnyAddress> Field::Address(std::string_view allowed) const {
  const std::string* text = As<std::string>(allowed);
  if (text == nullptr) return std::nullopt;
  const auto address = ParseAddress(*text);
  if (!address) Fail(Quoted(*text) + " is no IP address", allowed);
  return address;
}

std::optional<AnyPrefix> Field::Prefix(std::string_view allowed) const {
  const std::string* text = As<std::string>(allowed);
  if (text == nullptr) return std::nullopt;
  const auto prefix = ParsePrefix(*text);
  if (prefix) return prefix;
  // Is it the bits beyond the length only?
  if (const auto parsed = ParseAddressAndLength(*text)) {
    const std::string zeros = std::visit(
        [&]<class Address>(const Address& value) {
          return typename Address::Family::Prefix(value, parsed->length).ToString();
        },
        parsed->address);
    Fail(Quoted(*text) + " has bits set beyond its length", "zeros there, as in " + Quoted(zeros));
  } else {
    Fail(Quoted(*text) + " is no IP prefix", allowed);
  }
  return std::nullopt;
}

std::optional<OptionValue> Field::Scalar() const {
  if (!present()) return std::nullopt;
  if (const auto* flag = std::get_if<bool>(&value_->data)) return *flag;
  if (const auto* number = std::get_if<int64_t>(&value_->data)) return *number;
  if (const auto* number = std::get_if<double>(&value_->data)) return *number;
  if (const auto* text = std::get_if<std::string>(&value_->data)) return *text;
  Fail(Describe(*value_) + " is of the wrong type", "a boolean, an integer, a float or a string");
  return std::nullopt;
}

std::optional<size_t> Field::OneOf(std::span<const std::string> words, std::string_view wrong) const {
  return OneOf(words, wrong, [words](const std::string& text) -> std::optional<size_t> {
    const auto chosen = std::find(words.begin(), words.end(), text);
    if (chosen == words.end()) return std::nullopt;
    return static_cast<size_t>(chosen - words.begin());
  });
}

std::optional<size_t> Field::OneOf(std::span<const std::string> words, std::string_view wrong,
                                   const FindPlace& find) const {
  // The list of words is long to make and told seldom.
  if (!present() && !required_) return std::nullopt;
  if (!is_string()) {
    As<std::string>(QuotedList(words));
    return std::nullopt;
  }
  const auto& text = std::get<std::string>(value_->data);
  const std::optional<size_t> place = find(text);
  if (place) return place;
  std::string message = Quoted(text) + " " + std::string(wrong);
  if (errors_->wants_suggestion()) message += Suggestion(text, words);
  Fail(message, QuotedList(words));
  return std::nullopt;
}

std::vector<Field> Field::List(std::string_view allowed) const {
  std::vector<Field> fields;
  if (const NodeList* list = As<NodeList>(allowed)) {
    for (const Node& value : *list) fields.emplace_back(errors_, key_, &value, value.position, true);
  }
  return fields;
}

std::vector<Table> Field::Tables() const {
  const std::string allowed = "[[" + key_ + "]]";
  std::vector<Table> tables;
  for (const Field& element : List(allowed)) {
    if (const MemberList* members = element.As<MemberList>(allowed)) {
      tables.emplace_back(errors_, key_, members, element.position_);
    }
  }
  return tables;
}

std::optional<Table> Field::AsTable() const {
  const MemberList* members = As<MemberList>("[" + key_ + "]");
  return members ? std::optional(Table(errors_, key_, members, position_)) : std::nullopt;
}

void Table::Fail(std::string_view wrong, std::string_view allowed) const {
  Field(errors_, path_, nullptr, position_, false).Fail(wrong, allowed);
}

Field Table::Find(std::string_view key, bool required) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.emplace_back(key);
  for (const Member& member : *members_) {
    if (member.key == key) return Field(errors_, Join(path_, key), &member.value, member.value.position, required);
  }
  return Field(errors_, Join(path_, key), nullptr, position_, required);
}

Field Table::At(const Member& member) const {
  return Field(errors_, Join(path_, member.key), &member.value, member.value.position, false);
}

void Table::WarnAt(Position position, std::string_view key, const std::string& message) const {
  errors_->Warn(position, Join(path_, key), message);
}

void Table::Finish() const {
  for (const Member& member : *members_) {
    if (std::find(asked_.begin(), asked_.end(), member.key) != asked_.end()) continue;
    const std::string suggestion = errors_->wants_suggestion() ? Suggestion(member.key, asked_) : "";
    Field(errors_, Join(path_, member.key), nullptr, member.position, false)
        .Fail("unknown key" + suggestion, QuotedList(asked_));
  }
}

}  // namespace mgmd::config
