#include "agent/report/formulas.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace pue::report {
namespace {

constexpr std::array k_formulas{
    Formula{"pue", "PUE", "E_DC / E_IT", "", "ISO/IEC 30134-2, EN 50600-4-2", true},
    Formula{"dcie", "DCiE", "E_IT / E_DC = 1 / PUE", "", "The Green Grid", false},
    Formula{"ref", "REF", "min(E_ren / E_DC, 1)", "", "ISO/IEC 30134-3, EN 50600-4-3, (EU) 2024/1364", true},
    Formula{"erf", "ERF", "E_reuse / E_DC", "", "ISO/IEC 30134-6, EN 50600-4-6", true},
    Formula{"ere", "ERE", "(E_DC - E_reuse) / E_IT", "", "The Green Grid", false},
    Formula{"cer", "CER", "Q_removed / E_cooling", "", "ISO/IEC 30134-7", false},
    Formula{"cue", "CUE", "(scope 1 + scope 2, location-based) / E_IT", "kg/kWh", "ISO/IEC 30134-8", true},
    Formula{"wue", "WUE", "W_in / E_IT", "L/kWh", "ISO/IEC 30134-9, EN 50600-4-9, (EU) 2024/1364", true},
    Formula{"mlc", "MLC", "E_cooling / E_IT", "", "ASHRAE 90.4", false},
    Formula{"elc", "ELC", "E_loss / E_IT", "", "ASHRAE 90.4", false},
    Formula{"rm1", "RM1", "8760 sum(T_k P_k) / 8760 sum(T_k P_k,IT)", "", "GB 40879-2021, 6.3.2", true},
    Formula{"rm2", "RM2", "E / E_IT over a year", "", "GB 40879-2021, 6.3.2", true},
    Formula{"grade", "Grade", "1: R <= 1.20, 2: R <= 1.30, 3: R <= 1.50", "", "GB 40879-2021", false},
    Formula{"score", "Score", "80 - 20 PUE, 0 to 60", "", "National green data centre rules, energy efficiency item",
            true},
    Formula{"pue_de", "PUE (DE)", "(E_DC - E_upgrade) / E_IT", "", "EnEfG 11(2), last sentence", true},
    Formula{"pue_tgg", "PUE (TGG)", "sum(w_i E_i) / E_IT", "", "The Green Grid, weighting by source energy", false},
    Formula{"scope1", "Scope 1", "V_fuel EF_fuel", "kg", "GHG Protocol", false},
    Formula{"scope2_location", "Scope 2, location-based", "E_grid (1 - E_outside / E_in) I_grid", "kg",
            "GHG Protocol Scope 2 Guidance", false},
    Formula{"scope2_market", "Scope 2, market-based", "max(E_grid (1 - E_outside / E_in) - E_matched, 0) I_residual",
            "kg", "GHG Protocol Scope 2 Guidance", false},
    Formula{"uncertainty", "U(PUE), form A", "2 PUE sqrt(u_DC^2 + u_IT^2), u = a / sqrt(3)", "",
            "GUM; class limits of IEC 62053 and IEC 61869-2", false},
    Formula{"uncertainty_submetered", "U(PUE), form B", "2 (PUE - 1) sqrt(u_ovh^2 + u_IT^2)", "",
            "GUM; class limits of IEC 62053 and IEC 61869-2", false},
    Formula{"cdd", "CDD21", "sum over days of (T_m - 21), where T_m >= 24", "K d", "Eurostat, base 21", false},
};

}  // namespace

std::span<const Formula> formulas() { return k_formulas; }

const Formula& formula_of(std::string_view figure) {
  const auto* const found =
      std::find_if(k_formulas.begin(), k_formulas.end(), [&](const auto& formula) { return formula.figure == figure; });
  if (found == k_formulas.end()) throw std::out_of_range("no formula of " + std::string(figure));
  return *found;
}

}  // namespace pue::report
