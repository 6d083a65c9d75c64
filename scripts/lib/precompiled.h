#ifndef MGMD_SCRIPTS_LIB_PRECOMPILED_H_
#define MGMD_SCRIPTS_LIB_PRECOMPILED_H_

// What nearly every file includes of the libraries. In a tree with -Dprecompiled=true each C++ file begins with this,
// and scripts/lib/trees.py compiles it beforehand. A file still includes what it uses (scripts/lint checks it), since
// other trees are built without.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <compare>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#endif  // MGMD_SCRIPTS_LIB_PRECOMPILED_H_
