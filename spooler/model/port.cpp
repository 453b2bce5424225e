#include "spooler/model/port.h"

#include "spooler/model/printer.h"

#include <array>

namespace spooler {

std::uint32_t printer_status_of(std::uint32_t port_status) {
    using namespace printer_status;  // NOLINT: a table of these names follows
    static constexpr std::array<std::uint32_t, 13> kBits = {
        0,         kOffline,          kPaperJam,    kPaperOut, kOutputBinFull, kPaperProblem, kNoToner,
        kDoorOpen, kUserIntervention, kOutOfMemory, kTonerLow, kWarmingUp,     kPowerSave};
    return port_status < kBits.size() ? kBits.at(port_status) : 0;
}

}  // namespace spooler
