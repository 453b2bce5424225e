#include "spooler/processors/winprint.h"

#include "spooler/processors/raw.h"
#include "spooler/processors/text.h"

namespace spooler {

std::vector<PrintProcessorPtr> winprint_processors() {
    return {std::make_shared<RawProcessor>(), std::make_shared<TextProcessor>(), std::make_shared<XpsPassProcessor>()};
}

}  // namespace spooler
