#include "control/plane/telemetry_answer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mgmd::plane {
namespace {

std::string Printable(std::string_view text) {
  std::string printable;
  for (const char letter : text) {
    const auto octet = static_cast<unsigned char>(letter);
    if (octet >= 0x20 && octet < 0x7F) {
      printable.push_back(letter);
    } else {
      absl::StrAppend(&printable, "\\x", absl::Hex(octet, absl::kZeroPad2));
    }
  }
  return printable;
}

// In JSON, with quotes.
size_t Octets(std::string_view text) {
  return 2 + text.size() + static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char letter) {
           return letter == '"' || letter == '\\';
         }));
}
size_t Octets(const std::string& text) { return Octets(std::string_view(text)); }
size_t Octets(uint64_t number) { return absl::StrCat(number).size(); }
template <class T>
size_t Octets(const std::vector<T>& items) {
  size_t octets = 2;
  for (const T& item : items) octets += Octets(item) + 1;  // and a comma
  return octets;
}

// As it is where it fits, otherwise as much as does and how much is left out.
std::string Fitted(std::string text) {
  if (text.size() <= TelemetryAnswer::kMostText) return text;
  constexpr size_t kKept = TelemetryAnswer::kMostText - 32;
  return absl::StrCat(text.substr(0, kKept), " and ", text.size() - kKept, " octets more");
}

}  // namespace

TelemetryAnswer TelemetryAnswer::Error(std::string_view text) {
  TelemetryAnswer answer;
  answer.Add("error", text);
  return answer;
}

void TelemetryAnswer::AddMember(std::string_view name, Value value) {
  octets_ += name.size() + 4 + std::visit([](const auto& each) { return Octets(each); }, value);
  members_.push_back({std::string(name), std::move(value)});
}

void TelemetryAnswer::Add(std::string_view name, uint64_t number) { AddMember(name, number); }

void TelemetryAnswer::Add(std::string_view name, std::string_view text) {
  std::string rest = Printable(text);
  if (rest.size() > kMostOctets / 4) {
    const size_t left_out = rest.size() - kMostOctets / 4;
    rest.resize(kMostOctets / 4);
    absl::StrAppend(&rest, " and ", left_out, " octets more");
  }
  AddMember(name, rest.substr(0, kMostText));
  std::vector<std::string> more;
  for (size_t at = kMostText; at < rest.size(); at += kMostText) more.push_back(rest.substr(at, kMostText));
  if (!more.empty()) AddMember(absl::StrCat(std::string(name), "_more"), std::move(more));
}

void TelemetryAnswer::StartTable(const std::vector<Column>& columns) {
  first_column_ = members_.size();
  rows_ = 0;
  for (const Column& column : columns) {
    if (column.kind == Kind::kNumber) {
      AddMember(column.name, std::vector<uint64_t>());
    } else {
      AddMember(column.name, std::vector<std::string>());
    }
  }
}

bool TelemetryAnswer::AddRow(std::vector<Cell> cells) {
  size_t octets = octets_;
  for (Cell& cell : cells) {
    if (std::string* text = std::get_if<std::string>(&cell)) *text = Fitted(Printable(*text));
    octets += 1 + std::visit([](const auto& each) { return Octets(each); }, cell);
  }
  if (rows_ == kMostItems || octets > kMostOctets - kRoomAfterTable) return false;
  octets_ = octets;
  ++rows_;
  for (size_t column = 0; column < cells.size(); ++column) {
    Value& value = members_[first_column_ + column].value;
    if (uint64_t* number = std::get_if<uint64_t>(&cells[column])) {
      std::get<std::vector<uint64_t>>(value).push_back(*number);
    } else {
      std::get<std::vector<std::string>>(value).push_back(std::move(std::get<std::string>(cells[column])));
    }
  }
  return true;
}

std::string ListText(const std::vector<std::string>& items, std::string_view command) {
  const auto rest = [&](size_t shown) {
    return absl::StrCat(shown == 0 ? "" : " and ", items.size() - shown, " more: ", std::string(command));
  };
  std::string text;
  std::string short_text;  // the longest that has room for the rest
  size_t shown = 0;
  for (size_t count = 1; count <= items.size(); ++count) {
    absl::StrAppend(&text, count == 1 ? "" : ", ", items[count - 1]);
    if (text.size() > TelemetryAnswer::kMostText) break;
    if (count == items.size()) return text;
    if (text.size() + rest(count).size() > TelemetryAnswer::kMostText) continue;
    short_text = text;
    shown = count;
  }
  return items.empty() ? "" : short_text + rest(shown);
}

}  // namespace mgmd::plane
