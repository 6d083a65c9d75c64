#include "control/api/summary.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/api/json_text.h"
#include "control/api/route_text.h"

namespace mgmd::api {
namespace {

using Json = nlohmann::ordered_json;

Json CountsJson(const std::vector<views::NamedCount>& counts) {
  Json json = Json::object();
  for (const auto& [name, count] : counts) json[std::string(name)] = count;
  return json;
}

// Written by hand, since there may be a million: as a tree of JSON a route costs ten times as much. Nothing in it needs
// an escape: names of interfaces are letters, digits, '.', ':', '_', '-' and '/' (InterfaceNames).
template <class Family>
void AppendRoute(const views::RouteOf<Family>& route, const views::InterfaceNames& names, std::string& text) {
  absl::StrAppend(&text, "{\"source\":\"", SourceText(route.key), "\",\"group\":\"", GroupText(route.key),
                  "\",\"iif\":\"", route.iif ? names.NameOf(*route.iif) : "", "\",\"oifs\":[");
  const char* comma = "";
  for (const auto& oif : route.oifs) {
    absl::StrAppend(&text, std::exchange(comma, ","), "\"", names.NameOf(oif.interface), "\"");
  }
  absl::StrAppend(&text, "],\"up_seconds\":", route.up_time.count() / 1000);
#define MGMD_ROUTE(field, name, ...) absl::StrAppend(&text, ",\"" name "\":", route.field);
#include "common/counter_table.def"
  text += ",\"oif_packets\":{";
  comma = "";
  for (const auto& oif : route.oifs) {
    absl::StrAppend(&text, std::exchange(comma, ","), "\"", names.NameOf(oif.interface), "\":", oif.packets);
  }
  text += "},\"drops\":{";
  comma = "";
  for (const DropCount& drop : route.drops) {
    absl::StrAppend(&text, std::exchange(comma, ","), "\"", std::string(Name(drop.reason)), "\":", drop.packets);
  }
  text += "}}";
}

Json PortsJson(const std::vector<views::Port>& ports) {
  Json json = Json::array();
  for (const views::Port& port : ports) {
    Json one = {{"name", port.name}, {"device", port.device}, {"up", port.up}};
    one.update(CountsJson(port.counts));
    json.push_back(std::move(one));
  }
  return json;
}

Json WorkersJson(const std::vector<views::Worker>& workers) {
  Json json = Json::array();
  for (const views::Worker& worker : workers) {
    Json one = {{"name", worker.name}};
    one.update(CountsJson(worker.counts));
    json.push_back(std::move(one));
  }
  return json;
}

Json LimitsJson(const std::vector<views::Limit>& limits) {
  Json json = Json::array();
  for (const views::Limit& limit : limits) {
    json.push_back({
        {"family", limit.family},
        {"name", limit.name},
        {"most", limit.most},
#define MGMD_LIMIT(field, name, ...) {name, limit.field},
#include "common/counter_table.def"
    });
  }
  return json;
}

}  // namespace

void Summary::Begin(std::string_view name, std::string& text) {
  absl::StrAppend(&text, std::exchange(has_members_, true) ? ",\n\"" : "{\n\"", std::string(name), "\": ");
}

void Summary::AppendRoutes(std::string& text) {
  if (!has_members_) {
    Begin("routes", text);
    text += "[";
  }
  if (const auto* ipv4 = std::get_if<Ipv4FibKey>(&next_)) {
    const auto next = AppendPage(*ipv4, text);
    next_ = next ? AnyFibKey(*next) : AnyFibKey(Ipv6FibKey());
    return;
  }
  if (const auto next = AppendPage(std::get<Ipv6FibKey>(next_), text)) {
    next_ = *next;
    return;
  }
  text += "\n]";
  part_ = Part::kRest;
}

template <class Family>
std::optional<FibKey<Family>> Summary::AppendPage(const FibKey<Family>& from, std::string& text) {
  const auto page = source_->Routes(std::optional(from), views::kMostRows);
  for (const views::RouteOf<Family>& route : page.routes) {
    text += std::exchange(has_routes_, true) ? ",\n" : "\n";
    AppendRoute(route, names_, text);
  }
  return page.next;
}

void Summary::AppendRest(std::string& text) {
  const auto append = [&](std::string_view name, const Json& value) {
    Begin(name, text);
    text += JsonText(value);
  };
  if (source_ != nullptr) {
    append("ports", PortsJson(source_->Ports()));
    append("workers", WorkersJson(source_->Workers()));
    append("control", CountsJson(source_->Control()));
    append("drops", CountsJson(source_->Drops()));
    append("punts", CountsJson(source_->Punts()));
    if (!options_.counters_only) {
      append("limits", LimitsJson(source_->Limits()));
      const auto igmp = source_->Igmp();
      if (const auto* const totals = igmp.of<Ipv4>()) append("igmp", CountsJson(totals->Totals()));
      if (const auto* const totals = igmp.of<Ipv6>()) append("mld", CountsJson(totals->Totals()));
    }
  }
  if (!options_.left_behind.empty() || source_ == nullptr) append("left_behind", options_.left_behind);
  text += "\n}\n";
  part_ = Part::kDone;
}

bool Summary::Next(std::string* text) {
  text->clear();
  if (part_ == Part::kDone) return false;
  if (part_ == Part::kRoutes) {
    AppendRoutes(*text);
  } else {
    AppendRest(*text);
  }
  return true;
}

std::string WholeSummary(views::Source* source, const views::InterfaceNames& names, SummaryOptions options) {
  Summary summary(source, names, std::move(options));
  std::string whole;
  std::string piece;
  while (summary.Next(&piece)) whole += piece;
  return whole;
}

}  // namespace mgmd::api
