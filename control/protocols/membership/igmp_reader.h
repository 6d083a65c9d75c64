#ifndef MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_IGMP_READER_H_
#define MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_IGMP_READER_H_

// What an operator sees of IGMP, or MLD, read from where it is: interfaces and groups from the router parts, and from
// the client what the Group Manager knows of them.
//
// Control thread. Cost: that of the rows shown, and of a look at every interface for the first of a page of these.

#include <functional>

#include "control/protocols/membership/interface_membership.h"
#include "control/protocols/membership/manager_client.h"
#include "control/views/igmp.h"

namespace mgmd::protocols {

template <class Family>
class IgmpReader : public views::IgmpReaderOf<Family> {
 public:
  using Address = typename Family::Address;
  using Interface = InterfaceIdOf<Family>;
  using Time = membership::Time;

  struct From {
    const ManagerClient<Family>& client;
    std::function<const InterfaceMembership<Family>*(const Interface&)> find;  // null: no hosts are heard there
    std::function<bool(const Interface&)> forwards;                            // to its hosts
    std::function<Time()> clock;
  };

  explicit IgmpReader(From from) : from_(std::move(from)) {}

  views::IgmpInterfacePageOf<Family> Interfaces(std::optional<Interface> from, size_t limit) const override;
  std::optional<views::IgmpGroupPageOf<Family>> Groups(const Interface& interface, const Address& from,
                                                       size_t limit) const override;
  std::optional<views::IgmpSourcePageOf<Family>> Sources(const Interface& interface, const Address& group,
                                                         const Address& from, size_t limit) const override;
  std::vector<views::NamedCount> Totals() const override;

 private:
  using Router = membership::RouterPart<Family>;

  views::IgmpInterfaceOf<Family> InterfaceRow(const Interface& interface, const InterfaceMembership<Family>& on,
                                              Time now) const;
  views::IgmpGroupOf<Family> GroupRow(const Interface& interface, const Router& router, const Address& group,
                                      Time now) const;

  const From from_;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_IGMP_READER_H_
