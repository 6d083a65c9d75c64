// Invariant: a mistyped word is traced to the word it was meant to be, and a foreign word to none.

#include "control/config/near_miss.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mgmd::config {
namespace {

TEST(NearMiss, TakesTheKnownWordWithTheFewestSlips) {
  const std::vector<std::string> known = {"mtu", "name", "ttl_threshold", "rx_queues", "pending", "pending_depth"};
  const struct {
    const char* word;
    const char* expected;
  } rows[] = {
      {"ttl_treshold", "ttl_threshold"},    // a letter missing
      {"ttl_threshhold", "ttl_threshold"},  // a letter too many
      {"ttl_threshald", "ttl_threshold"},   // a wrong letter
      {"ttl_thershold", "ttl_threshold"},   // two letters swapped
      {"mut", "mtu"},                       // a swap is one slip, not two
      {"TTL-Threshold", "ttl_threshold"},   // case and '-' for '_' are none
      {"rxqueue", "rx_queues"},
      {"pendin", "pending"},
      {"pending_dept", "pending_depth"},
      {"pim", ""},
      {"nmea", ""},  // two slips of four letters
      {"", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(NearMiss(row.word, known), row.expected) << row.word;
}

TEST(NearMiss, OfEqualsTakesTheFirst) {
  EXPECT_EQ(NearMiss("dn4", std::vector<std::string>{"up0", "dn1", "dn2"}), "dn1");
}

TEST(NearMiss, FindsNothingAmongNothing) { EXPECT_EQ(NearMiss("x", {}), ""); }

}  // namespace
}  // namespace mgmd::config
