#include "control/config/sections.h"

namespace mgmd::config {
namespace {

ProtocolModule ReadModule(const std::string& name, Table table, const BuiltRooms& rooms) {
  ProtocolModule module;
  module.name = name;
  if (!IsName(name)) table.Fail(Quoted(name) + " is no name", kNameRule);
  const Field path = table.Require("module");
  Assign(&module.module, path.String("the path of a shared object; only \"static\" is built in"));
  if (path.present() && !rooms.protocol_modules)
    path.Fail("not in this build", "[protocol.static] only");
  Assign(&module.component, table.Get("component").Integer(0, UINT32_MAX));
  if (auto options = table.Get("options").AsTable()) {
    for (const Member& member : options->members()) {
      if (const auto value = options->At(member).Scalar())
        module.options.emplace_back(member.key, *value);
    }
  }
  table.Finish();
  return module;
}

}  // namespace

void ReadProtocols(Table& root, const InterfaceNames& names, const BuiltRooms& rooms,
                   Config* config) {
  auto protocols = root.Get("protocol").AsTable();
  if (!protocols) return;
  for (const Member& member : protocols->members()) {
    auto table = protocols->At(member).AsTable();
    if (!table) continue;
    if (member.key == "static") {
      ReadStaticProtocol(*table, names, rooms, &config->static_protocol.emplace());
      const size_t mroutes = config->static_protocol->mroutes.size();
      if (mroutes > config->limits.mfes) {
        table->Fail("there are " + std::to_string(mroutes) + " mroutes",
                    "at most limits.mfes, " + std::to_string(config->limits.mfes));
      }
    } else {
      config->protocol_modules.push_back(ReadModule(member.key, *table, rooms));
    }
  }
}

}  // namespace mgmd::config
