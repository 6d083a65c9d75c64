#ifndef MGMD_CONTROL_API_SUMMARY_H_
#define MGMD_CONTROL_API_SUMMARY_H_

// The summary: what the router did, as one JSON object, made a piece at a time. docs/operating.md describes every
// member.
//
// A million routes are hundreds of megabytes of text: nobody should hold them all, and control should not stand still
// for them. Each piece reads at most views::kMostRows routes; who writes the summary lets control have its turn between
// two of them. Every route is exact for the moment when its piece is made; IPv4's come before IPv6's, counters last.
//
//   Summary summary(&router, router.names());
//   while (summary.Next(&text)) write text, let control turn;
//
// Control thread.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/any_family.h"
#include "control/views/interface_names.h"
#include "control/views/source.h"

namespace mgmd::api {

struct SummaryOptions {
  // Ports, workers, control, drops and punts only, which can be read on any thread, whatever control is inside of.
  bool counters_only = false;
  std::vector<std::string> left_behind;  // by a stop that was cut short; empty: no such member
};

class Summary {
 public:
  // Both outlive it. Without source (null) there is nothing to show but what is left behind.
  Summary(views::Source* source, const views::InterfaceNames& names, SummaryOptions options = {})
      : source_(source),
        names_(names),
        options_(std::move(options)),
        part_(source == nullptr || options_.counters_only ? Part::kRest : Part::kRoutes) {}

  // Puts the next piece, which may be empty, into `text`. False: there was none left.
  bool Next(std::string* text);

 private:
  enum class Part : uint8_t { kRoutes, kRest, kDone };

  void AppendRoutes(std::string& text);
  // Those from next_ on. Nothing: there are no more of the family.
  template <class Family>
  std::optional<FibKey<Family>> AppendPage(const FibKey<Family>& from, std::string& text);
  void AppendRest(std::string& text);
  // Begins the next member, as in ",\n\"ports\": ".
  void Begin(std::string_view name, std::string& text);

  views::Source* const source_;
  const views::InterfaceNames& names_;
  const SummaryOptions options_;
  Part part_;
  AnyFibKey next_;  // a zero key is before all of its family; IPv4's come first
  bool has_members_ = false;
  bool has_routes_ = false;
};

// All pieces at once, for a router that has nothing else to do.
std::string WholeSummary(views::Source* source, const views::InterfaceNames& names, SummaryOptions options = {});

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_SUMMARY_H_
