#ifndef MGMD_CONTROL_CONFIG_SECTIONS_H_
#define MGMD_CONTROL_CONFIG_SECTIONS_H_

// The readers of the file's sections, one file each. Each takes what it needs from the root table and from what was
// read before it, and fills its part of the Config; errors go to where the table's go. In this order:

#include "control/config/config.h"
#include "control/config/names.h"
#include "control/config/table.h"

namespace mgmd::config {

// [dpdk]; what the command line adds to eal_args counts.
void ReadDpdk(Table& root, const Options& options, Dpdk* dpdk);
// [limits], [dataplane], [control], [punt], [log], [api], [metrics]: those that refer to nothing.
void ReadLimits(Table& root, Limits* limits);
void ReadDataplane(Table& root, Dataplane* dataplane);
void ReadControl(Table& root, Control* control);
void ReadPunt(Table& root, LocalRates* rates);
void ReadLog(Table& root, LogLevel* level);
void ReadApi(Table& root, const BuiltRooms& rooms, std::optional<Api>* api);
void ReadMetrics(Table& root, const BuiltRooms& rooms, std::optional<Metrics>* metrics);
// [[interface]]; needs the workers. The vector does not change any more afterwards.
void ReadInterfaces(Table& root, const Dpdk& dpdk, const PerFamily<Prefixes>& ssm, std::vector<Interface>* interfaces);
// [[route]]
void ReadRoutes(Table& root, const InterfaceNames& names, PerFamily<StaticRoutes>* routes);
// [rib]
void ReadRib(Table& root, Rib* rib);
// [protocol.static] and [protocol.NAME]
void ReadProtocols(Table& root, const InterfaceNames& names, const BuiltRooms& rooms, Config* config);
void ReadStaticProtocol(Table table, const InterfaceNames& names, const BuiltRooms& rooms,
                        const PerFamily<Prefixes>& ssm, StaticProtocol* protocol);
// [igmp] and [mld], and what interfaces join
template <class Family>
void ReadMembership(Table& root, const InterfaceNames& names, const PerFamily<Prefixes>& ssm,
                    std::optional<Membership<Family>>* membership, TakeoverOf<Family>* takeover);

}  // namespace mgmd::config

#endif  // MGMD_CONTROL_CONFIG_SECTIONS_H_
