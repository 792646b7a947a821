#include "codegen/object.h"

#include <elf.h>

#include <cstring>

namespace mien::codegen {
namespace {

enum Section { kNone, kData, kSymbols, kNames, kSectionNames, kStack, kSections };
constexpr size_t kAlign = 64;

// A table of strings, each ended by a zero, the first of them empty.
class Strings {
 public:
  uint32_t add(const std::string& text) {
    const size_t at = bytes_.size();
    bytes_.insert(bytes_.end(), text.c_str(), text.c_str() + text.size() + 1);
    return static_cast<uint32_t>(at);
  }
  const std::vector<char>& bytes() const { return bytes_; }

 private:
  std::vector<char> bytes_{'\0'};
};

Elf64_Sym symbol(uint32_t name, size_t at, size_t size) {
  Elf64_Sym symbol{};
  symbol.st_name = name;
  symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
  symbol.st_shndx = kData;
  symbol.st_value = at;
  symbol.st_size = size;
  return symbol;
}

// The file as it grows; sections begin at multiples of 64.
class Object {
 public:
  Object() { add(&header_, sizeof header_); }

  void section(Section which, const char* name, Elf64_Word type, size_t size) {
    file_.resize((file_.size() + kAlign - 1) / kAlign * kAlign);
    Elf64_Shdr& section = sections_[which];
    section.sh_name = names_.add(name);
    section.sh_type = type;
    section.sh_offset = file_.size();
    section.sh_size = size;
    section.sh_addralign = 1;
  }
  void add(const void* data, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    file_.insert(file_.end(), bytes, bytes + size);
  }
  Elf64_Shdr& operator[](Section which) { return sections_[which]; }
  void reserve(size_t size) { file_.reserve(size); }

  std::vector<uint8_t> finish(Elf64_Half machine) {
    section(kStack, ".note.GNU-stack", SHT_PROGBITS, 0);  // the stack need not be executable
    section(kSectionNames, ".shstrtab", SHT_STRTAB, 0);
    const std::vector<char>& all = names_.bytes();
    sections_[kSectionNames].sh_size = all.size();
    add(all.data(), all.size());
    file_.resize((file_.size() + kAlign - 1) / kAlign * kAlign);
    set_header(machine);
    add(sections_, sizeof sections_);
    std::memcpy(file_.data(), &header_, sizeof header_);
    return std::move(file_);
  }

 private:
  void set_header(Elf64_Half machine) {
    std::memcpy(header_.e_ident, ELFMAG, SELFMAG);
    header_.e_ident[EI_CLASS] = ELFCLASS64;
    header_.e_ident[EI_DATA] = ELFDATA2LSB;
    header_.e_ident[EI_VERSION] = EV_CURRENT;
    header_.e_type = ET_REL;
    header_.e_machine = machine;
    header_.e_version = EV_CURRENT;
    header_.e_shoff = file_.size();
    header_.e_ehsize = sizeof header_;
    header_.e_shentsize = sizeof(Elf64_Shdr);
    header_.e_shnum = kSections;
    header_.e_shstrndx = kSectionNames;
  }

  Elf64_Ehdr header_{};
  Elf64_Shdr sections_[kSections] = {};
  Strings names_;
  std::vector<uint8_t> file_;
};

}  // namespace

std::vector<uint8_t> model_object(const std::string& name, const uint8_t* data, size_t size, kernels::Isa isa) {
  Object object;
  object.reserve(size + 4096);
  const uint64_t count = size;
  const size_t count_at = (size + 7) / 8 * 8;
  object.section(kData, ".rodata", SHT_PROGBITS, count_at + sizeof count);
  object[kData].sh_flags = SHF_ALLOC;
  object[kData].sh_addralign = kAlign;
  object.add(data, size);
  const uint8_t zeros[8] = {};
  object.add(zeros, count_at - size);
  object.add(&count, sizeof count);

  Strings names;
  const Elf64_Sym symbols[] = {Elf64_Sym{}, symbol(names.add(name + "_model"), 0, size),
                               symbol(names.add(name + "_model_size"), count_at, sizeof count)};
  object.section(kSymbols, ".symtab", SHT_SYMTAB, sizeof symbols);
  object[kSymbols].sh_addralign = 8;
  object[kSymbols].sh_entsize = sizeof(Elf64_Sym);
  object[kSymbols].sh_link = kNames;
  object[kSymbols].sh_info = 1;  // the first global one
  object.add(symbols, sizeof symbols);
  object.section(kNames, ".strtab", SHT_STRTAB, names.bytes().size());
  object.add(names.bytes().data(), names.bytes().size());
  return object.finish(isa == kernels::Isa::neon ? EM_AARCH64 : EM_X86_64);
}

std::string model_object_header(const std::string& name) {
  std::string upper;
  for (char c : name) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return "/* A model file as an array, in " + name + "_model.o. For mien_model_load_memory(). */\n#ifndef " + upper +
         "_MODEL_H\n#define " + upper +
         "_MODEL_H\n\n#include <stdint.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\nextern const unsigned "
         "char " +
         name + "_model[]; /* aligned to 64 bytes */\nextern const uint64_t " + name +
         "_model_size;\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

}  // namespace mien::codegen
