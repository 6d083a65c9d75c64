#include "control/config/eal_lcores.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

#include "absl/strings/ascii.h"

namespace mgmd::config {
namespace {

constexpr uint32_t kHighestNumber = 1023;  // keeps a mistyped range small; EAL's own bound is lower

std::string_view Trim(std::string_view text) {
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::optional<uint32_t> Number(std::string_view text) {
  text = Trim(text);
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > kHighestNumber) return std::nullopt;
  return number;
}

// "3" or "1-4", in either order.
bool AddRange(std::string_view text, std::set<uint32_t>* lcores) {
  const size_t dash = text.find('-');
  const auto first = Number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : Number(text.substr(dash + 1));
  if (!first || !last) return false;
  for (uint32_t lcore = std::min(*first, *last); lcore <= std::max(*first, *last); ++lcore) lcores->insert(lcore);
  return true;
}

// Cuts `text` at its first comma outside of parentheses; returns what was before it.
std::string_view CutItem(std::string_view* text) {
  int depth = 0;
  size_t end = 0;
  for (; end < text->size() && ((*text)[end] != ',' || depth > 0); ++end) {
    if ((*text)[end] == '(') ++depth;
    if ((*text)[end] == ')') --depth;
  }
  const std::string_view item = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return item;
}

// -l and --lcores: items "LCORES[@CPUS]", LCORES being a range, or ranges in parentheses.
std::optional<std::set<uint32_t>> ReadMap(std::string_view map) {
  std::set<uint32_t> lcores;
  while (!map.empty()) {
    std::string_view item = CutItem(&map);
    item = Trim(item.substr(0, item.find('@')));
    if (item.size() >= 2 && item.front() == '(' && item.back() == ')') item = item.substr(1, item.size() - 2);
    while (!item.empty()) {
      if (!AddRange(CutItem(&item), &lcores)) return std::nullopt;
    }
  }
  return lcores.empty() ? std::nullopt : std::optional(lcores);
}

// -c: hexadecimal, the lowest bit last.
std::optional<std::set<uint32_t>> ReadMask(std::string_view mask) {
  mask = Trim(mask);
  if (mask.size() > 2 && mask[0] == '0' && (mask[1] == 'x' || mask[1] == 'X')) mask.remove_prefix(2);
  std::set<uint32_t> lcores;
  for (size_t digit = 0; digit < mask.size(); ++digit) {
    const char letter = mask[mask.size() - 1 - digit];
    uint32_t value = 0;
    if (std::from_chars(&letter, &letter + 1, value, 16).ec != std::errc()) return std::nullopt;
    for (uint32_t bit = 0; bit < 4; ++bit) {
      if (value >> bit & 1) lcores.insert(static_cast<uint32_t>(4 * digit) + bit);
    }
  }
  return lcores.empty() ? std::nullopt : std::optional(lcores);
}

// The value of `option` if `args[*i]` is it, joined ("-l0-1", "--lcores=0-1") or in the next argument, to which *i
// then moves.
std::optional<std::string_view> OptionAt(const std::vector<std::string>& args, std::string_view option, size_t* i) {
  std::string_view arg = args[*i];
  if (arg.substr(0, option.size()) != option) return std::nullopt;
  arg.remove_prefix(option.size());
  if (arg.empty()) return *i + 1 < args.size() ? std::optional<std::string_view>(args[++*i]) : std::nullopt;
  const bool is_long = option.size() > 2;
  if (!is_long) return arg;
  if (arg.front() != '=') return std::nullopt;
  return arg.substr(1);
}

}  // namespace

EalLcores ReadLcores(const std::vector<std::string>& eal_args) {
  EalLcores result;
  for (size_t i = 0; i < eal_args.size(); ++i) {
    if (const auto list = OptionAt(eal_args, "-l", &i)) {
      result.lcores = ReadMap(*list);
    } else if (const auto map = OptionAt(eal_args, "--lcores", &i)) {
      result.lcores = ReadMap(*map);
    } else if (const auto mask = OptionAt(eal_args, "-c", &i)) {
      result.lcores = ReadMask(*mask);
    } else if (const auto main = OptionAt(eal_args, "--main-lcore", &i)) {
      result.main = Number(*main);
    }
  }
  if (!result.main && result.lcores) result.main = *result.lcores->begin();
  return result;
}

}  // namespace mgmd::config
