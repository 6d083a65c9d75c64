#include "control/protocols/module/protocol_module.h"

#include <dlfcn.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "control/mgm/c_values.h"
#include "control/mgm/host.h"
#include "control/protocols/answer.h"
#include "control/protocols/clients.h"
#include "control/protocols/module/inside.h"
#include "control/protocols/module/mgmd_protocol.h"

namespace mgmd::protocols {
namespace {

std::string TextOf(const config::OptionValue& value) {
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&value)) return absl::StrCat(*number);
  return std::get<std::string>(value);
}

void Log(const char* name, const char* text) { spdlog::info("protocol {}: {}", name, text); }

// An interface as its module is told of it; what points to it comes from where it stands.
struct OwnInterface {
  std::string name;
  std::vector<MGMD_PROTOCOL_ADDRESS> addresses;
  std::vector<MGMD_PROTOCOL_ADDRESS6> addresses6;
};

template <class Family, class CAddress>
void AddAddresses(const config::Interface& interface, std::vector<CAddress>& addresses) {
  using Values = mgm::CValues<Family>;
  for (const auto& own : interface.addresses.of<Family>()) {
    addresses.push_back({Values::ToC(own.address), Values::MaskOf(own.length)});
  }
}

// What a description cannot be used for; empty: it can.
std::string WrongIn(const MGMD_PROTOCOL* protocol) {
  if (protocol == nullptr) return "its MgmdProtocol() returns NULL";
  if (protocol->dwVersion != MGMD_PROTOCOL_VERSION) {
    return absl::StrCat("it was built for version ", protocol->dwVersion, " of mgmd_protocol.h, and this mgmd has ",
                        MGMD_PROTOCOL_VERSION);
  }
  if (protocol->pfnStart == nullptr || protocol->pfnStop == nullptr) return "it has no pfnStart or no pfnStop";
  return "";
}

}  // namespace

// What the module was given, and what it gave.
struct ProtocolModule::Loaded {
  const MGMD_PROTOCOL* protocol = nullptr;
  std::vector<std::pair<std::string, std::string>> option_texts;
  std::vector<MGMD_PROTOCOL_OPTION> options;
  std::vector<OwnInterface> own_interfaces;
  std::vector<MGMD_PROTOCOL_INTERFACE> interfaces;
  MGMD_PROTOCOL_ARGUMENTS arguments{};
  bool runs = false;
  bool said_goodbye = false;
};

ProtocolModule::ProtocolModule(std::string name, const Surroundings& around)
    : name_(std::move(name)), loaded_(std::make_unique<Loaded>()), services_(ServicesTable::Open(name_, around)) {}

absl::StatusOr<std::unique_ptr<ProtocolModule>> ProtocolModule::Start(const std::string& name,
                                                                      const config::ProtocolModule& module,
                                                                      const Surroundings& around) {
  auto self = std::unique_ptr<ProtocolModule>(new ProtocolModule(name, around));
  const std::string what = absl::StrCat("protocol ", name, ": ", module.module, ": ");
  void* object = nullptr;
  {
    const Inside constructors(name, "the constructors");
    object = dlopen(module.module.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  }
  if (object == nullptr) return absl::NotFoundError(absl::StrCat(what, dlerror()));
  const auto entry = reinterpret_cast<const MGMD_PROTOCOL* (*)()>(dlsym(object, "MgmdProtocol"));
  if (entry == nullptr) return absl::NotFoundError(absl::StrCat(what, "it exports no MgmdProtocol()"));
  Loaded& loaded = *self->loaded_;
  {
    const Inside description(name, "MgmdProtocol");
    loaded.protocol = entry();
  }
  if (const std::string wrong = WrongIn(loaded.protocol); !wrong.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(what, wrong));
  }
  for (const auto& [option, value] : module.options) loaded.option_texts.emplace_back(option, TextOf(value));
  for (const auto& [option, text] : loaded.option_texts) loaded.options.push_back({option.c_str(), text.c_str()});
  loaded.own_interfaces.reserve(around.interfaces.size());
  for (const config::Interface& interface : around.interfaces) {
    OwnInterface& own = loaded.own_interfaces.emplace_back(OwnInterface{interface.name, {}, {}});
    AddAddresses<Ipv4>(interface, own.addresses);
    AddAddresses<Ipv6>(interface, own.addresses6);
    const uint32_t families =
        (interface.HasFamily<Ipv4>() ? MGMD_PROTOCOL_IPV4 : 0) | (interface.HasFamily<Ipv6>() ? MGMD_PROTOCOL_IPV6 : 0);
    loaded.interfaces.push_back({own.name.c_str(), interface.id.index, families,
                                 static_cast<uint32_t>(own.addresses.size()), own.addresses.data(),
                                 static_cast<uint32_t>(own.addresses6.size()), own.addresses6.data()});
  }
  loaded.arguments = {MGMD_PROTOCOL_VERSION,    self->name_.c_str(),
                      module.component,         static_cast<uint32_t>(loaded.options.size()),
                      loaded.options.data(),    static_cast<uint32_t>(loaded.interfaces.size()),
                      loaded.interfaces.data(), &Log,
                      &self->services_};

  const std::vector<mgm::ClientId> before = AllClients();
  uint32_t code = 0;
  {
    const Inside start(name, "pfnStart");
    code = loaded.protocol->pfnStart(&loaded.arguments);
  }
  for (const mgm::ClientId& client : AllClients()) {
    if (std::find(before.begin(), before.end(), client) == before.end()) self->clients_.push_back(client);
  }
  loaded.runs = code == 0;
  if (loaded.runs) return self;
  self->services_.Close();
  self->TakeBack();
  return absl::FailedPreconditionError(absl::StrCat(what, "it did not start: ", code));
}

ProtocolModule::~ProtocolModule() {
  Stop({}).IgnoreError();
  services_.Close();  // of one that has never run
}

std::vector<AnyInterfaceId> ProtocolModule::interfaces() const {
  std::vector<AnyInterfaceId> interfaces;
  for (const mgm::ClientId& client : clients_) {
    const std::vector<AnyInterfaceId> of_client = InterfacesOf(client);
    interfaces.insert(interfaces.end(), of_client.begin(), of_client.end());
  }
  return interfaces;
}

absl::StatusOr<views::Release> ProtocolModule::Release(const AnyInterfaceId& interface) {
  return std::visit([this](const auto& of_family) { return ReleaseOf(of_family); }, interface);
}

template <class Family>
absl::StatusOr<views::Release> ProtocolModule::ReleaseOf(const InterfaceIdOf<Family>& interface) {
  for (const mgm::ClientId& client : clients_) {
    const DWORD code = MgmHostReleaseInterface(client.protocol, client.component, interface);
    if (code == NO_ERROR) {
      views::Release release = LastRelease(client, interface);
      if (ModuleServices* const services = services_.services()) services->Released(interface);
      return release;
    }
    // The client has gone, or it is not on the interface.
    if (code == ERROR_NOT_FOUND || code == ERROR_INVALID_PARAMETER) continue;
    return StatusOf(code, name_, absl::StrCat("release of interface ", interface.index));
  }
  return absl::NotFoundError(absl::StrCat("protocol ", name_, " does not own interface ", interface.index));
}

bool ProtocolModule::Poll() { return services_.Poll(); }

void ProtocolModule::LinkChanged(const views::Link& link) {
  if (ModuleServices* const services = services_.services()) services->LinkChanged(link);
}

void ProtocolModule::RoutesChanged(const AnyPrefix& prefix) {
  if (ModuleServices* const services = services_.services()) services->RoutesChanged(prefix);
}

void ProtocolModule::SayGoodbye() {
  if (!loaded_->runs || std::exchange(loaded_->said_goodbye, true) || loaded_->protocol->pfnGoodbye == nullptr) return;
  const Inside goodbye(name_, "pfnGoodbye");
  loaded_->protocol->pfnGoodbye();
}

absl::Status ProtocolModule::Stop(const std::vector<mgm::ClientId>& others) {
  if (!loaded_->runs) return absl::OkStatus();
  SayGoodbye();
  loaded_->runs = false;
  services_.RefusePosts();
  MgmHostRefuseCalls(others.data(), others.size());
  {
    const Inside stop(name_, "pfnStop");
    loaded_->protocol->pfnStop();
  }
  services_.Close();
  MgmHostAcceptCalls();
  TakeBack();
  return absl::OkStatus();
}

void ProtocolModule::TakeBack() {
  const std::vector<mgm::ClientId> left = AllClients();
  for (const mgm::ClientId& client : clients_) {
    if (std::find(left.begin(), left.end(), client) == left.end()) continue;
    spdlog::warn("protocol {}: left client {:x}/{} behind; it is shut down", name_, client.protocol, client.component);
    MgmHostShutDownClient(client.protocol, client.component);
  }
}

}  // namespace mgmd::protocols
