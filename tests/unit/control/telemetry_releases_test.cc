// Invariant: what a release or a shutdown took is shown step by step, whole, also later, and so is the reason for which
// one failed.

#include <gtest/gtest.h>

#include "tests/unit/control/telemetry_commands_fixture.h"

namespace mgmd::api {
namespace {

TEST_F(Commands, ReleasesSayHowLongTheyTookUntilTheyReturned) {
  using std::chrono::microseconds;
  source.releases = {{.client = {7, 1}, .interface = InterfaceId{2, {}}, .take = true, .settled = false},
                     {.client = {7, 1},
                      .interface = InterfaceIdOf<Ipv6>{1, {}},
                      .settled = true,
                      .reclaimed = true,
                      .steps = {{"grace period", microseconds(5), 0},
                                {"alerts delivered", microseconds(3), 1},
                                {"reclaimed", microseconds(1000), 0}}}};
  const TelemetryAnswer answer = Ask("/mgm/releases");
  EXPECT_EQ(Value<Strings>(answer, "interface"), (Strings{"dn2", "dn1"}));
  EXPECT_EQ(Value<Strings>(answer, "family"), (Strings{"ipv4", "ipv6"}));
  EXPECT_EQ(Value<Strings>(answer, "what"), (Strings{"take", "release"}));
  EXPECT_EQ(Value<Strings>(answer, "settled"), (Strings{"false", "true"}));
  EXPECT_EQ(Value<Strings>(answer, "reclaimed"), (Strings{"false", "true"}));
  EXPECT_EQ(Value<Numbers>(answer, "us"), (Numbers{0, 8}));
}

TEST_F(Commands, FourThousandStepsAreAllShown) {
  shutdown->deregistration = std::chrono::microseconds(7);
  for (uint64_t step = 0; step < 3999; ++step) {
    if (step % 10 == 0) shutdown->releases.push_back({.interface = InterfaceId{1 + uint32_t(step / 10), {}}});
    shutdown->releases.back().steps.push_back({"entries updated", std::chrono::microseconds(step), step});
  }
  std::vector<TelemetryAnswer> pages = {Ask("/mgm/shutdown,static")};
  EXPECT_EQ(Value<uint64_t>(pages[0], "steps"), 4000u);
  const auto more = Pages(Value<std::string>(pages[0], "next"));
  pages.insert(pages.end(), more.begin(), more.end());
  const auto counts = Column<uint64_t>(pages, "count");
  const auto names_of_steps = Column<std::string>(pages, "step");
  ASSERT_EQ(counts.size(), 4000u);
  for (uint64_t step = 0; step < 3999; ++step) {
    EXPECT_EQ(counts[step], step);
    EXPECT_EQ(names_of_steps[step], "release dn" + std::to_string(1 + step / 10) + ": entries updated");
  }
  EXPECT_EQ(names_of_steps.back(), "deregister");
  EXPECT_EQ(Column<uint64_t>(pages, "us").back(), 7u);
}

TEST_F(Commands, AReleaseAnswersWithItsSteps) {
  releases->front().steps = {{"grace period", std::chrono::microseconds(5), 0}, {"alerts delivered", {}, 3}};
  const TelemetryAnswer answer = Ask("/mgm/release,static,dn1");
  EXPECT_EQ(Value<std::string>(answer, "interface"), "dn1");
  EXPECT_EQ(Value<Strings>(answer, "step"), (Strings{"release dn1: grace period", "release dn1: alerts delivered"}));
  EXPECT_EQ(Value<Numbers>(answer, "us"), (Numbers{5, 0}));
  EXPECT_EQ(Value<Numbers>(answer, "count"), (Numbers{0, 3}));

  releases->push_back({.interface = InterfaceIdOf<Ipv6>{1, {}}, .steps = {{"grace period", {}, 0}}});
  EXPECT_EQ(Value<Strings>(Ask("/mgm/release,static,dn1"), "step").back(), "release dn1 (IPv6): grace period");
}

TEST_F(Commands, AReleaseIsInAFamilyThatThereIs) {
  Ask("/mgm/release,static,dn1");
  EXPECT_EQ(released_family, "");
  for (const std::string family : {"ipv4", "ipv6"}) {
    Ask("/mgm/release,static,dn1," + family);
    EXPECT_EQ(released_family, family);
  }
  released_family.reset();
  EXPECT_EQ(Value<std::string>(Ask("/mgm/release,static,dn1,IPv6"), "error"), "\"IPv6\" is no family: ipv4, ipv6");
  EXPECT_EQ(Value<std::string>(Ask("/mgm/release,static,dn1,"), "error"), "\"\" is no family: ipv4, ipv6");
  EXPECT_EQ(released_family, std::nullopt);
}

TEST_F(Commands, StepsOfTheLastFewAreKept) {
  for (size_t done = 0; done <= TelemetryCommands::kKeptSteps; ++done) Ask("/mgm/shutdown,static");
  EXPECT_EQ(Value<std::string>(Ask("/mgm/steps,1"), "error"), "no steps of number 1: those of the last 4 are kept");
  EXPECT_EQ(Value<Strings>(Ask("/mgm/steps,2"), "step"), Strings{"deregister"});
  EXPECT_EQ(Value<Strings>(Ask("/mgm/steps,2,1"), "step"), Strings());
  EXPECT_EQ(Value<std::string>(Ask("/mgm/steps"), "error"), "usage: /mgm/steps,NUMBER[,FIRST]");
}

TEST_F(Commands, ALongErrorIsWhole) {
  const std::string text(900, 'e');
  shutdown = absl::NotFoundError(text);
  const TelemetryAnswer answer = Ask("/mgm/shutdown,static");
  std::string whole = Value<std::string>(answer, "error");
  for (const std::string& more : Value<Strings>(answer, "error_more")) whole += more;
  EXPECT_EQ(whole, text);
  EXPECT_EQ(Value<std::string>(Ask("/mgm/release,static"), "error"), "usage: /mgm/release,PROTOCOL,INTERFACE[,FAMILY]");
}

}  // namespace
}  // namespace mgmd::api
