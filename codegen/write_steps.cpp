#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "codegen/write.h"

namespace mien::codegen {
namespace {

std::string number_text(float v) {
  if (std::isnan(v)) return "__builtin_nanf(\"\")";
  if (std::isinf(v)) return v < 0 ? "-__builtin_inff()" : "__builtin_inff()";
  char text[40];
  std::snprintf(text, sizeof text, "%af", static_cast<double>(v));
  return text;
}

std::string integer_text(int64_t v) {
  const bool small = v >= -2147483647 && v <= 2147483647;
  return small ? std::to_string(v) : "int64_t{" + std::to_string(v) + "}";
}

// What a name of the graph may hold must not end a comment or a line.
std::string comment_text(const std::string& text) {
  std::string clean;
  for (char c : text) clean += c >= ' ' && c < 127 && c != '\\' ? c : '?';
  return clean;
}

// One step: the structs of arguments that its calls share, set once as far as they never change, and the calls.
class StepWriter {
 public:
  StepWriter(const TracedStep& step, const Memory& memory, std::string* text, int64_t* sites)
      : step_(step), memory_(memory), text_(*text), sites_(*sites) {}

  void write(size_t index) {
    for (const Term& term : step_.terms) find_constants(term);
    std::string body;
    std::swap(body, text_);
    write_structs();
    for (const Term& term : step_.terms) write_term(term, 0);
    std::swap(body, text_);
    const StepInfo& info = step_.info;
    text_ += "// " + comment_text(info.name) + ": " + comment_text(info.op) + ", " + info.shape.text() + "\n";
    text_ += std::string("void step") + std::to_string(index) + "(" +
             (body.find("in[") != std::string::npos ? "const float* const* in" : "const float* const*") + ", " +
             (body.find("out[") != std::string::npos ? "float* const* out" : "float* const*") + ") {\n";
    if (body.find("weights") != std::string::npos) text_ += "  const float* const weights = floats_of(weight_bytes);\n";
    text_ += body + "}\n\n";
  }

 private:
  // Of each struct's members, the text if it is the same in all calls of the step.
  struct Member {
    std::string text;
    bool constant = true, zero = false;
  };
  using Members = std::map<std::string, Member>;

  void find_constants(const Term& term) {
    for (const Term& inner : term.body) find_constants(inner);
    if (term.count > 0 || term.call.function->args.empty()) return;
    Members& members = structs_[term.call.function->args];
    for (size_t i = 0; i < term.call.arguments.size(); ++i) {
      Member& member = members[term.call.arguments[i].name];
      const std::string text = text_of(term.call, i);
      const bool moves = moving(term.call, i);
      if (member.text.empty()) {
        member.text = text;
        member.zero = !moves && is_zero(term.call, i);
      }
      if (moves || member.text != text) member.constant = false;
    }
  }

  static bool moving(const Call& call, size_t i) {
    for (const auto& steps : call.steps)
      if (steps[i] != 0) return true;
    return false;
  }
  // What `Args{}` has already.
  static bool is_zero(const Call& call, size_t i) {
    const Argument& a = call.arguments[i];
    switch (a.kind) {
      case Argument::Kind::integer:
        return call.values[i] == 0;
      case Argument::Kind::address:
        return a.space < 0;
      case Argument::Kind::exact:
        return a.text != nullptr ? std::string(a.text) == "Act::none" : number_text(a.number) == "0x0p+0f";
      case Argument::Kind::table:
        break;
    }
    return false;
  }

  static std::string variable(const std::string& args) {
    std::string name = args;  // "convTileArgs", which no kernel is called
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
    return name;
  }

  void write_structs() {
    for (const auto& [args, members] : structs_) {
      text_ += "  " + args + " " + variable(args) + "{};\n";
      for (const auto& [name, member] : members) {
        if (member.constant && !member.zero) text_ += "  " + variable(args) + "." + name + " = " + member.text + ";\n";
      }
    }
  }

  // "12 + 34 * i0", the loops' variables by their depth.
  static std::string value_text(const Call& call, size_t i) {
    std::string text = integer_text(call.values[i]);
    const size_t depth = call.steps.size();
    for (size_t d = depth; d-- > 0;) {
      if (call.steps[d][i] == 0) continue;
      const std::string product = integer_text(call.steps[d][i]) + " * i" + std::to_string(depth - 1 - d);
      text = text == "0" ? product : text + " + " + product;
    }
    return text;
  }

  static std::string element_text(const std::string& array, const std::string& offset) {
    if (offset == "0") return array;
    const bool simple = offset.find(' ') == std::string::npos;
    return array + " + " + (simple ? offset : "(" + offset + ")");
  }

  std::string text_of(const Call& call, size_t i) const {
    const Argument& a = call.arguments[i];
    switch (a.kind) {
      case Argument::Kind::exact:
        return a.text != nullptr ? a.text : number_text(a.number);
      case Argument::Kind::address:
        if (a.space < 0) return "nullptr";
        return element_text(memory_.name_of(a.space), value_text(call, i));
      case Argument::Kind::table:
        return element_text("integers", value_text(call, i));
      case Argument::Kind::integer:
        break;
    }
    const std::string type = a.text, value = value_text(call, i);
    if (type == "bool" && !moving(call, i)) return value == "0" ? "false" : "true";
    return moving(call, i) ? "static_cast<" + type + ">(" + value + ")" : value;
  }

  void write_term(const Term& term, size_t depth) {
    const std::string indent(2 * depth + 2, ' ');
    if (term.count == 0) return write_call(term.call, indent);
    const std::string i = "i" + std::to_string(depth);
    text_ += indent + "for (int64_t " + i + " = 0; " + i + " < " + std::to_string(term.count) + "; ++" + i + ") {\n";
    for (const Term& inner : term.body) write_term(inner, depth + 1);
    text_ += indent + "}\n";
  }

  void write_call(const Call& call, const std::string& indent) {
    ++sites_;
    const Function& function = *call.function;
    if (function.args.empty()) {
      std::string list;
      for (size_t i = 0; i < call.arguments.size(); ++i) list += (i > 0 ? ", " : "") + text_of(call, i);
      text_ += indent + function.name + "(" + list + ");\n";
      return;
    }
    const std::string name = variable(function.args);
    const Members& members = structs_.at(function.args);
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const std::string member = call.arguments[i].name;
      if (!members.at(member).constant) text_ += indent + name + "." + member + " = " + text_of(call, i) + ";\n";
    }
    text_ += indent + function.name + "(" + name + ");\n";
  }

  const TracedStep& step_;
  const Memory& memory_;
  std::string& text_;
  int64_t& sites_;
  std::map<std::string, Members> structs_;
};

}  // namespace

std::string steps_text(const Trace& trace, int64_t* call_sites) {
  std::string text, calls;
  for (size_t i = 0; i < trace.steps.size(); ++i) {
    StepWriter(trace.steps[i], trace.memory, &text, call_sites).write(i);
    calls += "  step" + std::to_string(i) + "(in, out);\n";
  }
  return text + "void run_steps(const float* const* in, float* const* out) {\n" +
         (calls.empty() ? "  (void)in, (void)out;\n" : calls) + "}\n\n";
}

}  // namespace mien::codegen
