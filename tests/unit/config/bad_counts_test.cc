// Invariant: what there may be only so many of is refused at the first one too many, and a file
// that cannot be read is refused as a whole.

#include <gtest/gtest.h>

#include <string>

#include "control/config/config.h"

namespace mgmd::config {
namespace {

// An [[interface]] of four lines with its own device.
std::string Port(int number, const std::string& boundary) {
  const std::string digits = std::to_string(number);
  return "[[interface]]\nname = \"p" + digits + "\"\ndevice = \"net_null" + digits + "\"\nboundary = [" + boundary +
         "]\n";
}

TEST(BadCounts, The33rdPortIsOneTooMany) {
  std::string text = "[dpdk]\nworkers = [1]\n";
  for (int port = 0; port < 32; ++port) text += Port(port, "");
  EXPECT_EQ(Parse(text, "x.toml").ErrorText(), "");
  text += Port(32, "") + Port(33, "");
  EXPECT_EQ(Parse(text, "x.toml").ErrorText(),
            "x.toml:133:10: interface.device: more devices than DPDK has ports"
            "; allowed: 32 devices; larger fan-outs by VLANs\n");
}

TEST(BadCounts, The65thDistinctBoundaryIsOneTooManyThoughOneIsNotNamed) {
  // 239.255.0.0/16 is a boundary wherever there is any (RFC 2365 section 6.1).
  std::string text = "[dpdk]\nworkers = [1]\n[[interface]]\nname = \"p\"\ndevice = \"net_null0\"\nboundary = [";
  for (int i = 0; i < 63; ++i) text += "\"239." + std::to_string(i) + ".0.0/16\", ";
  EXPECT_EQ(Parse(text + "]\n", "x.toml").ErrorText(), "");
  EXPECT_EQ(Parse(text + "\"239.255.0.0/16\"]\n", "x.toml").ErrorText(), "");
  EXPECT_EQ(Parse(text + "\n\"239.63.0.0/16\"]\n", "x.toml").ErrorText(),
            "x.toml:7:1: interface.boundary: more distinct boundaries than can be told apart; "
            "allowed: 64 in the whole "
            "file, 239.255.0.0/16 counted, which every boundary has with it\n");
}

TEST(BadCounts, The49thDistinctBoundaryOfIpv6IsOneTooMany) {
  // The scopes have the other 16 bits of a worker's mask.
  std::string text = "[dpdk]\nworkers = [1]\n[[interface]]\nname = \"p\"\ndevice = \"net_null0\"\nboundary = [";
  for (int i = 10; i < 58; ++i) text += "\"ff08:" + std::to_string(i) + "::/32\", ";
  EXPECT_EQ(Parse(text + "]\n", "x.toml", {.eal_args = {}, .rooms = kAllRooms}).ErrorText(), "");
  EXPECT_EQ(Parse(text + "\n\"ff08:58::/32\"]\n", "x.toml", {.eal_args = {}, .rooms = kAllRooms}).ErrorText(),
            "x.toml:7:1: interface.boundary: more distinct boundaries than can be told apart; "
            "allowed: 48 of IPv6 in the whole file\n");
}

TEST(BadCounts, The32768thInterfaceIsOneTooMany) {
  std::string text = "[dpdk]\nworkers = [1]\n" + Port(0, "");
  int number = 1;
  for (int port = 1; port <= 9; ++port) {
    if (number < 32767) text += Port(port, ""), ++number;
    for (int vlan = 1; vlan <= 4094 && number < 32767; ++vlan, ++number) {
      text += "[[interface]]\nname = \"v" + std::to_string(number) + "\"\nparent = \"p" + std::to_string(port) +
              "\"\nvlan = " + std::to_string(vlan) + "\n";
    }
  }
  EXPECT_EQ(number, 32767);
  EXPECT_EQ(Parse(text, "x.toml").ErrorText(), "");
  text += Port(20, "") + Port(21, "");
  EXPECT_EQ(Parse(text, "x.toml").ErrorText(),
            "x.toml:131071:1: interface: more interfaces than can be told apart; allowed: 32767 in "
            "the whole file\n");
}

TEST(BadCounts, TheNameOfADeviceHasAnEnd) {
  const std::string base = "[dpdk]\nworkers = [1]\n[[interface]]\nname = \"p\"\n";
  EXPECT_EQ(Parse(base + "device = \"net_null" + std::string(55, '1') + ",size=64\"\n", "x.toml").ErrorText(), "");
  EXPECT_EQ(Parse(base + "device = \"net_null" + std::string(56, '1') + ",size=64\"\n", "x.toml").ErrorText(),
            "x.toml:5:10: interface.device: the device's name is too long"
            "; allowed: at most 63 bytes before the first comma\n");
}

TEST(BadCounts, The65thDistinctBoundaryIsOneTooMany) {
  std::string text = "[dpdk]\nworkers = [1]\n";
  for (int port = 0; port < 16; ++port) {
    std::string boundary = R"("239.255.0.0/16")";  // the same everywhere
    for (int i = 0; i < 4; ++i) {
      if (port < 15 || i < 3) boundary += ", \"239." + std::to_string(4 * port + i) + ".0.0/16\"";
    }
    text += Port(port, boundary);
  }
  EXPECT_EQ(Parse(text, "x.toml").ErrorText(), "");
  text += Port(16, R"("239.255.0.0/16", "239.100.0.0/16")");
  EXPECT_EQ(Parse(text, "x.toml").ErrorText(),
            "x.toml:70:31: interface.boundary: more distinct boundaries than can be told apart"
            "; allowed: 64 in the whole file, 239.255.0.0/16 counted, which every boundary has "
            "with it\n");
}

TEST(BadCounts, AFileThatCannotBeReadIsToldByName) {
  EXPECT_EQ(Load("/nowhere/x.toml").ErrorText(),
            "/nowhere/x.toml:0:0: file: cannot be read (No such file or directory); allowed: a "
            "readable TOML file\n");
  EXPECT_EQ(Load("/").ErrorText(), "/:0:0: file: cannot be read (Is a directory); allowed: a readable TOML file\n");
}

TEST(BadCounts, AnEmptyFileIsReadAndFoundWanting) {
  EXPECT_EQ(Load("/dev/null").ErrorText(), "/dev/null:1:1: dpdk: missing; allowed: [dpdk]\n");
}

}  // namespace
}  // namespace mgmd::config
