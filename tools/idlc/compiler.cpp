#include "tools/idlc/compiler.h"

#include "tools/idlc/emit.h"
#include "tools/idlc/ops_file.h"
#include "tools/idlc/sema.h"

namespace idlc {

namespace {

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string source_names(const Request& request) {
    std::string names;
    for (const std::string& path : request.inputs) names += (names.empty() ? "" : " ") + base_name(path);
    if (!request.ops.empty()) names += " " + base_name(request.ops);
    return names;
}

}  // namespace

Output compile(const Request& request) {
    Sources sources;
    const Model model = analyse(sources, request.inputs);
    const Service service = request.ops.empty() ? service_of_interface(request.service, model) : read_ops_file(sources, request.ops, model);
    if (service.name != request.service)
        fail({}, request.ops + " describes the service '" + service.name + "', not '" + request.service + "'");
    const Job job{model, service, source_names(request), request.codec_files};
    Output output;
    for (const auto emit : {emit_types, emit_codec, emit_service, emit_client, emit_tests}) {
        for (GeneratedFile& file : emit(job)) output.files.push_back(std::move(file));
    }
    output.status = status_table(service);
    return output;
}

}  // namespace idlc
