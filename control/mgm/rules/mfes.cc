#include "control/mgm/rules/mfes.h"

namespace mgmd::mgm {

template <class Family>
uint32_t Mfes<Family>::Make(FibKey<Family> key, std::span<const uint8_t> header) {
  const uint32_t mfe = cache_.Insert(key);
  limits_.Count(key, 1);
  cache_.SetHeader(mfe, header);
  return mfe;
}

template <class Family>
void Mfes<Family>::Uncount(uint32_t mfe) {
  const auto& gone = cache_[mfe];
  news_.Gone(gone);
  negative_.Uncount(gone);
  CountLedAway(mfe, -1);
  limits_.Count(gone.key, -1);
  MfeDetails<Family>& details = cache_.details(mfe);
  route_uses_.Release(details.route);
  details.route = RouteUses<Family>::kNone;
}

template <class Family>
void Mfes<Family>::Drop(uint32_t mfe) {
  const auto& dropped = cache_[mfe];
  alerts_.NoteBefore(dropped, dropped.active);
  writer_.MarkDeleted(dropped.key);
  Uncount(mfe);
  cache_.Erase(mfe);
}

template <class Family>
void Mfes<Family>::SetWay(uint32_t mfe, InterfaceSlot iif, const std::optional<RouteUse<Family>>& route) {
  MfeDetails<Family>& details = cache_.details(mfe);
  CountLedAway(mfe, -1);
  cache_.SetIif(mfe, iif);
  route_uses_.Release(details.route);
  details.route = route.has_value() ? route_uses_.Acquire(*route) : RouteUses<Family>::kNone;
  CountLedAway(mfe, 1);
}

template <class Family>
void Mfes<Family>::SetIif(uint32_t mfe, InterfaceSlot iif) {
  CountLedAway(mfe, -1);
  cache_.SetIif(mfe, iif);
  CountLedAway(mfe, 1);
}

template <class Family>
void Mfes<Family>::CountLedAway(uint32_t mfe, int change) {
  const auto* use = RouteOf(mfe);
  if (use == nullptr) return;
  const InterfaceIdOf<Family> routed = use->route.interface;
  if (interfaces_[cache_[mfe].iif_slot()].id == routed) return;
  const auto place = led_away_.try_emplace(routed, 0).first;
  place->second += static_cast<uint32_t>(change);
  if (place->second == 0) led_away_.erase(place);
}

template class Mfes<Ipv4>;
template class Mfes<Ipv6>;

}  // namespace mgmd::mgm
