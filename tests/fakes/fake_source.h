#ifndef MGMD_TESTS_FAKES_FAKE_SOURCE_H_
#define MGMD_TESTS_FAKES_FAKE_SOURCE_H_

// What renderers show from, made up by a test, with a count of what they asked for.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "control/mgm/state/key_order.h"
#include "control/views/source.h"

namespace mgmd::fakes {

class FakeSource : public views::Source {
 public:
  // Ascending, as the router has them; slots are the indices of interfaces.
  template <class Family>
  struct Tables {
    std::vector<views::RouteOf<Family>> routes;
    std::vector<views::InterfaceOf<Family>> interfaces;
    std::vector<views::MembershipOf<Family>> memberships;
  };
  template <class Family>
  Tables<Family>& of() {
    return tables_.of<Family>();
  }
  std::vector<views::Client> clients;
  std::vector<views::Release> releases;
  std::vector<views::Port> ports;
  std::vector<views::Worker> workers;
  std::vector<views::NamedCount> control;
  std::vector<views::NamedCount> drops;
  std::vector<views::NamedCount> punts;
  std::vector<views::Limit> limits;
  views::Refused refused;
  PerFamily<views::IgmpPointer> igmp{};

  views::RouteOf<Ipv4>& AddRoute(const Ipv4FibKey& key) {
    views::RouteOf<Ipv4>& route = of<Ipv4>().routes.emplace_back();
    route.key = key;
    return route;
  }
  // (*,239.0.0.0), (*,239.0.0.1), ... from interface 1 to interfaces 1 to `oifs`, every count another.
  void AddRoutes(uint32_t count, uint32_t oifs) {
    for (uint32_t number = 0; number < count; ++number) {
      views::RouteOf<Ipv4>& route = AddRoute(Ipv4FibKey::AnySource(Ipv4Address(0xEF000000u + number)));
      route.iif = InterfaceId{1, {}};
      route.packets = 1'000'000 + number;
      for (uint32_t oif = 1; oif <= oifs; ++oif) {
        route.oifs.push_back({.interface = {oif, {}}, .packets = uint64_t{number} * oifs + oif});
      }
    }
  }
  void AddInterfaces(uint32_t count, Ipv4Address next_hop, const std::string& owner) {
    auto& interfaces = of<Ipv4>().interfaces;
    for (uint32_t index = 1; index <= count; ++index) interfaces.push_back({.id = {index, next_hop}, .owner = owner});
    std::sort(interfaces.begin(), interfaces.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  }

  // Rows that were given away; the most of one call.
  size_t rows_read() const { return rows_read_; }
  size_t most_rows() const { return most_rows_; }
  void Forget() { rows_read_ = most_rows_ = 0; }
  void ResetLimits() { most_rows_ = 0; }

  views::RoutePageOf<Ipv4> Routes(std::optional<Ipv4FibKey> from, size_t limit) override {
    return RoutesOf<Ipv4>(from, limit);
  }
  views::RoutePageOf<Ipv6> Routes(std::optional<Ipv6FibKey> from, size_t limit) override {
    return RoutesOf<Ipv6>(from, limit);
  }
  std::optional<views::RouteOf<Ipv4>> FindRoute(const Ipv4FibKey& key) override { return Find(key); }
  std::optional<views::RouteOf<Ipv6>> FindRoute(const Ipv6FibKey& key) override { return Find(key); }
  views::InterfacePageOf<Ipv4> Interfaces(std::optional<InterfaceIdOf<Ipv4>> from, size_t limit) override {
    return InterfacesOf<Ipv4>(from, limit);
  }
  views::InterfacePageOf<Ipv6> Interfaces(std::optional<InterfaceIdOf<Ipv6>> from, size_t limit) override {
    return InterfacesOf<Ipv6>(from, limit);
  }
  views::MembershipPageOf<Ipv4> Memberships(std::optional<views::MembershipPlaceOf<Ipv4>> from, size_t limit) override {
    return MembershipsOf<Ipv4>(from, limit);
  }
  views::MembershipPageOf<Ipv6> Memberships(std::optional<views::MembershipPlaceOf<Ipv6>> from, size_t limit) override {
    return MembershipsOf<Ipv6>(from, limit);
  }
  std::vector<views::Client> Clients() override { return clients; }
  PerFamily<views::IgmpPointer> Igmp() override { return igmp; }
  std::vector<views::Release> Releases() override { return releases; }
  std::vector<views::Port> Ports() override { return ports; }
  std::vector<views::Worker> Workers() override { return workers; }
  std::vector<views::NamedCount> Control() override { return control; }
  std::vector<views::NamedCount> Drops() override { return drops; }
  std::vector<views::NamedCount> Punts() override { return punts; }
  std::vector<views::Limit> Limits() override { return limits; }
  views::Refused Refused(size_t limit) override {
    views::Refused shown = refused;
    if (shown.some.size() > limit) shown.some.resize(limit);
    return shown;
  }

 private:
  template <class Family>
  views::RoutePageOf<Family> RoutesOf(const std::optional<FibKey<Family>>& from, size_t limit) {
    views::RoutePageOf<Family> page{.routes = {}, .next = {}, .total = of<Family>().routes.size()};
    page.next = Fill(
        of<Family>().routes, from, limit, [](const auto& route) { return route.key; }, page.routes);
    return page;
  }
  template <class Family>
  std::optional<views::RouteOf<Family>> Find(const FibKey<Family>& key) {
    for (const views::RouteOf<Family>& route : of<Family>().routes) {
      if (route.key == key) return route;
    }
    return std::nullopt;
  }
  template <class Family>
  views::InterfacePageOf<Family> InterfacesOf(const std::optional<InterfaceIdOf<Family>>& from, size_t limit) {
    views::InterfacePageOf<Family> page{.interfaces = {}, .next = {}, .total = of<Family>().interfaces.size()};
    page.next = Fill(
        of<Family>().interfaces, from, limit, [](const auto& row) { return row.id; }, page.interfaces);
    return page;
  }
  template <class Family>
  views::MembershipPageOf<Family> MembershipsOf(const std::optional<views::MembershipPlaceOf<Family>>& from,
                                                size_t limit) {
    views::MembershipPageOf<Family> page;
    const auto place_of = [](const auto& row) {
      return views::MembershipPlaceOf<Family>{row.key, InterfaceSlot(static_cast<uint16_t>(row.interface.index))};
    };
    page.next = Fill(of<Family>().memberships, from, limit, place_of, page.memberships);
    return page;
  }

  // At most `limit` rows from `from` on; returns the place of the next one.
  template <class Row, class Place, class PlaceOf>
  std::optional<Place> Fill(const std::vector<Row>& all, const std::optional<Place>& from, size_t limit,
                            const PlaceOf& place_of, std::vector<Row>& rows) {
    std::optional<Place> next;
    for (const Row& row : all) {
      if (from && IsBefore(place_of(row), *from)) continue;
      if (rows.size() == limit) {
        next = place_of(row);
        break;
      }
      rows.push_back(row);
    }
    rows_read_ += rows.size();
    most_rows_ = std::max(most_rows_, rows.size());
    return next;
  }
  template <class Family>
  static bool IsBefore(const FibKey<Family>& a, const FibKey<Family>& b) {
    return mgm::ComesBefore(a, b);
  }
  template <class Family>
  static bool IsBefore(const InterfaceIdOf<Family>& a, const InterfaceIdOf<Family>& b) {
    return a < b;
  }
  template <class Family>
  static bool IsBefore(const views::MembershipPlaceOf<Family>& a, const views::MembershipPlaceOf<Family>& b) {
    return a.key == b.key ? a.slot < b.slot : IsBefore(a.key, b.key);
  }

  PerFamily<Tables> tables_;
  size_t rows_read_ = 0;
  size_t most_rows_ = 0;
};

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_FAKE_SOURCE_H_
