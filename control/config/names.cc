#include "control/config/names.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace mgmd::config {

bool IsName(std::string_view text) {
  const auto fits = [](char letter) {
    return absl::ascii_isalnum(static_cast<unsigned char>(letter)) || letter == '.' ||
           letter == '_' || letter == '-';
  };
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), fits);
}

InterfaceNames::InterfaceNames(const std::vector<Interface>& interfaces) : interfaces_(interfaces) {
  for (const Interface& interface : interfaces) names_.push_back(interface.name);
}

const Interface* InterfaceNames::Resolve(const Field& field) const {
  const auto place = field.OneOf(names_, "is the name of no interface");
  return place ? &interfaces_[*place] : nullptr;
}

std::vector<Reference> ResolveList(const InterfaceNames& names, const Field& list) {
  constexpr const char* kAllowed = "an array of names of interfaces";
  std::vector<Reference> references;
  const std::vector<Field> elements = list.List(kAllowed);
  if (list.is_list() && elements.empty())
    list.Fail("the array is empty", "at least one name of an interface");
  for (const Field& element : elements) {
    const Interface* interface = names.Resolve(element);
    if (interface == nullptr) continue;
    if (Holds(references, interface)) {
      element.Fail(Quoted(interface->name) + " is there already", "each interface once");
    } else {
      references.push_back({element, interface});
    }
  }
  return references;
}

bool Holds(const std::vector<Reference>& references, const Interface* interface) {
  return std::any_of(references.begin(), references.end(),
                     [&](const Reference& reference) { return reference.interface == interface; });
}

std::vector<InterfaceId> Ids(const std::vector<Reference>& references) {
  std::vector<InterfaceId> ids;
  for (const Reference& reference : references) ids.push_back(reference.interface->id);
  return ids;
}

}  // namespace mgmd::config
