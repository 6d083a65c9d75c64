#ifndef MGMD_TESTS_FAKES_FAKE_SOURCE_H_
#define MGMD_TESTS_FAKES_FAKE_SOURCE_H_

// What renderers show from, made up by a test, with a count of what they asked for.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "control/views/source.h"

namespace mgmd::fakes {

class FakeSource : public views::Source {
 public:
  std::vector<views::Membership> memberships;             // in order; slots are the indices of the interfaces
  std::vector<views::RouteOf<Ipv6>> ipv6_routes;          // each with a group of its own, ascending
  std::vector<views::InterfaceOf<Ipv6>> ipv6_interfaces;  // ascending
  std::vector<views::Client> clients;
  std::vector<views::Release> releases;
  std::vector<views::Port> ports;
  std::vector<views::Worker> workers;
  std::vector<views::NamedCount> control;
  std::vector<views::NamedCount> drops;
  std::vector<views::NamedCount> punts;
  std::vector<views::Limit> limits;

  // Ascending, as the router has them.
  std::vector<views::Route>& routes() { return routes_; }
  views::Route& AddRoute(const Ipv4FibKey& key) {
    views::Route& route = routes_.emplace_back();
    route.key = key;
    return route;
  }
  // (*,239.0.0.0), (*,239.0.0.1), ... from interface 1 to interfaces 1 to `oifs`, every count another.
  void AddRoutes(uint32_t count, uint32_t oifs) {
    for (uint32_t number = 0; number < count; ++number) {
      views::Route& route = AddRoute(Ipv4FibKey::AnySource(Ipv4Address(0xEF000000u + number)));
      route.iif = InterfaceId{1, {}};
      route.packets = 1'000'000 + number;
      for (uint32_t oif = 1; oif <= oifs; ++oif) {
        route.oifs.push_back({.interface = {oif, {}}, .packets = uint64_t{number} * oifs + oif});
      }
    }
  }
  void AddInterfaces(uint32_t count, Ipv4Address next_hop, const std::string& owner) {
    for (uint32_t index = 1; index <= count; ++index) {
      interfaces_.push_back({.id = {index, next_hop}, .owner = owner});
    }
    std::sort(interfaces_.begin(), interfaces_.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  }

  // Rows that were given away; the most of one call.
  size_t rows_read() const { return rows_read_; }
  size_t most_rows() const { return most_rows_; }
  void Forget() { rows_read_ = most_rows_ = 0; }
  void ResetLimits() { most_rows_ = 0; }

  views::RoutePage Routes(std::optional<Ipv4FibKey> from, size_t limit) override {
    views::RoutePage page{.routes = {}, .next = {}, .total = routes_.size()};
    auto route = routes_.begin();
    if (from) {
      route = std::find_if(routes_.begin(), routes_.end(),
                           [&](const auto& each) { return OrderOf(each.key) >= OrderOf(*from); });
    }
    for (; route != routes_.end() && page.routes.size() < limit; ++route) page.routes.push_back(*route);
    if (route != routes_.end()) page.next = route->key;
    Count(page.routes.size());
    return page;
  }
  std::optional<views::Route> FindRoute(const Ipv4FibKey& key) override {
    for (const views::Route& route : routes_) {
      if (route.key == key) return route;
    }
    return std::nullopt;
  }
  views::InterfacePage Interfaces(std::optional<InterfaceId> from, size_t limit) override {
    views::InterfacePage page{.interfaces = {}, .next = {}, .total = interfaces_.size()};
    for (const views::Interface& interface : interfaces_) {
      if (from && interface.id < *from) continue;
      if (page.interfaces.size() == limit) {
        page.next = interface.id;
        break;
      }
      page.interfaces.push_back(interface);
    }
    Count(page.interfaces.size());
    return page;
  }
  views::MembershipPage Memberships(std::optional<views::MembershipPlace> from, size_t limit) override {
    views::MembershipPage page;
    const auto place_of = [](const views::Membership& row) {
      return views::MembershipPlace{row.key, InterfaceSlot(static_cast<uint16_t>(row.interface.index))};
    };
    bool reached = !from;
    for (const views::Membership& row : memberships) {
      reached |= from && place_of(row) == *from;
      if (!reached) continue;
      if (page.memberships.size() == limit) {
        page.next = place_of(row);
        break;
      }
      page.memberships.push_back(row);
    }
    Count(page.memberships.size());
    return page;
  }
  views::RoutePageOf<Ipv6> Routes(std::optional<Ipv6FibKey> from, size_t limit) override {
    views::RoutePageOf<Ipv6> page{.routes = {}, .next = {}, .total = ipv6_routes.size()};
    for (const views::RouteOf<Ipv6>& route : ipv6_routes) {
      if (from && route.key.group() < from->group()) continue;
      if (page.routes.size() == limit) {
        page.next = route.key;
        break;
      }
      page.routes.push_back(route);
    }
    Count(page.routes.size());
    return page;
  }
  std::optional<views::RouteOf<Ipv6>> FindRoute(const Ipv6FibKey& key) override {
    for (const views::RouteOf<Ipv6>& route : ipv6_routes) {
      if (route.key == key) return route;
    }
    return std::nullopt;
  }
  views::InterfacePageOf<Ipv6> Interfaces(std::optional<InterfaceIdOf<Ipv6>> from, size_t limit) override {
    views::InterfacePageOf<Ipv6> page{.interfaces = {}, .next = {}, .total = ipv6_interfaces.size()};
    for (const views::InterfaceOf<Ipv6>& interface : ipv6_interfaces) {
      if (from && interface.id < *from) continue;
      if (page.interfaces.size() == limit) {
        page.next = interface.id;
        break;
      }
      page.interfaces.push_back(interface);
    }
    Count(page.interfaces.size());
    return page;
  }
  // None.
  views::MembershipPageOf<Ipv6> Memberships(std::optional<views::MembershipPlaceOf<Ipv6>>, size_t) override {
    return {};
  }
  std::vector<views::Client> Clients() override { return clients; }
  std::vector<views::Release> Releases() override { return releases; }
  std::vector<views::Port> Ports() override { return ports; }
  std::vector<views::Worker> Workers() override { return workers; }
  std::vector<views::NamedCount> Control() override { return control; }
  std::vector<views::NamedCount> Drops() override { return drops; }
  std::vector<views::NamedCount> Punts() override { return punts; }
  std::vector<views::Limit> Limits() override { return limits; }

 private:
  static std::pair<uint32_t, uint64_t> OrderOf(const Ipv4FibKey& key) {
    return {key.group().host_order(), key.bits() >> 32};
  }
  void Count(size_t rows) {
    rows_read_ += rows;
    most_rows_ = std::max(most_rows_, rows);
  }

  std::vector<views::Route> routes_;
  std::vector<views::Interface> interfaces_;
  size_t rows_read_ = 0;
  size_t most_rows_ = 0;
};

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_FAKE_SOURCE_H_
