// A VLAN on a port (IEEE 802.1Q): ordinary frames with a tag, and what arrives with that tag.

#include "control/config/interface_kind.h"

namespace mgmd::config {
namespace {

// "keep", or the priority of the tags of what leaves.
std::optional<uint8_t> ReadPcp(const Field& field) {
  if (!field.is_string()) {
    const auto priority = field.Integer(0, 7, "\"keep\" or an integer from 0 to 7");
    return priority ? std::optional(static_cast<uint8_t>(*priority)) : std::nullopt;
  }
  field.OneOf(std::vector<std::string>{"keep"}, "is no 802.1p priority");
  return std::nullopt;
}

class VlanKeys final : public KindKeys {
 public:
  explicit VlanKeys(Table& table) : vlan_(table.Get("vlan")), pcp_(table.Get("pcp")) {
    Assign(&id_, vlan_.Integer(1, 4094));
    priority_ = ReadPcp(pcp_);
  }

  const Field& mark() const override { return vlan_; }

  void Refuse() const override {
    if (priority_) pcp_.Fail("what leaves an interface without a vlan has no tag", "\"keep\", or no pcp");
  }

  void Complete(Interface* interface) const override {
    interface->vlan = id_;
    interface->pcp = priority_;
  }

  std::optional<std::string> Arrivals() const override {
    if (id_ == kNoVlan) return std::nullopt;
    return "VLAN " + std::to_string(Value(id_));
  }

 private:
  const Field vlan_;
  const Field pcp_;
  VlanId id_ = kNoVlan;
  std::optional<uint8_t> priority_;
};

const RegisterInterfaceKind kVlan({
    .mark = "vlan",
    .noun = "VLAN",
    .read = [](Table& table) -> std::unique_ptr<KindKeys> { return std::make_unique<VlanKeys>(table); },
});

}  // namespace
}  // namespace mgmd::config
