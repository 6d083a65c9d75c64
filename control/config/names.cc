#include "control/config/names.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace mgmd::config {
namespace {

std::vector<std::string> NamesOf(const std::vector<Interface>& interfaces) {
  std::vector<std::string> names;
  names.reserve(interfaces.size());
  for (const Interface& interface : interfaces) names.push_back(interface.name);
  return names;
}

}  // namespace

bool IsName(std::string_view text) {
  const auto fits = [](char letter) {
    return absl::ascii_isalnum(static_cast<unsigned char>(letter)) || letter == '.' || letter == '_' || letter == '-';
  };
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), fits);
}

NameIndex::NameIndex(std::vector<std::string> names) : names_(std::move(names)) {
  for (size_t place = 0; place < names_.size(); ++place) places_.emplace(names_[place], place);
}

std::optional<size_t> NameIndex::Resolve(const Field& field) const {
  return field.OneOf(names_, "is the name of no interface", [&](const std::string& name) -> std::optional<size_t> {
    const auto found = places_.find(name);
    return found == places_.end() ? std::nullopt : std::optional(found->second);
  });
}

InterfaceNames::InterfaceNames(const std::vector<Interface>& interfaces)
    : interfaces_(interfaces), names_(NamesOf(interfaces)) {}

const Interface* InterfaceNames::Resolve(const Field& field) const {
  const auto place = names_.Resolve(field);
  return place ? &interfaces_[*place] : nullptr;
}

bool References::Add(const Reference& reference) {
  const bool is_new = interfaces_.insert(reference.interface).second;
  if (is_new) list_.push_back(reference);
  return is_new;
}

std::vector<InterfaceId> References::Ids() const {
  std::vector<InterfaceId> ids;
  for (const Reference& reference : list_) ids.push_back(reference.interface->id);
  return ids;
}

References ResolveList(const InterfaceNames& names, const Field& list) {
  constexpr const char* kAllowed = "an array of names of interfaces";
  References references;
  const std::vector<Field> elements = list.List(kAllowed);
  if (list.is_list() && elements.empty()) list.Fail("the array is empty", "at least one name of an interface");
  for (const Field& element : elements) {
    const Interface* interface = names.Resolve(element);
    if (interface == nullptr) continue;
    if (!references.Add({element, interface})) {
      element.Fail(Quoted(interface->name) + " is there already", "each interface once");
    }
  }
  return references;
}

}  // namespace mgmd::config
