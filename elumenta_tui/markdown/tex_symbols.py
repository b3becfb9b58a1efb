"""The signs that the commands of TeX stand for, and small letters and digits for exponents and indexes."""

from __future__ import annotations


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


ORDINARY = _pairs(
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ "
    "omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω "
    "Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω "
    "infty ∞ partial ∂ nabla ∇ hbar ℏ ell ℓ Re ℜ Im ℑ aleph ℵ emptyset ∅ varnothing ∅ forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ "
    "top ⊤ bot ⊥ angle ∠ triangle △ square □ Box □ blacksquare ■ qed ∎ prime ′ dots … ldots … cdots ⋯ vdots ⋮ ddots ⋱ dotsc … dotsb ⋯ "
    "degree ° circ ∘ star ⋆ bullet • dagger † checkmark ✓ imath ı jmath ȷ wp ℘ Vert ‖ vert | lvert | rvert | lVert ‖ rVert ‖ "
    "backslash \\ % % # # $ $ & & _ _ { { } } S § pounds £ copyright ©"
)
OPERATORS = _pairs(
    "pm ± mp ∓ times × div ÷ cdot · ast ∗ cap ∩ cup ∪ setminus ∖ wedge ∧ land ∧ vee ∨ lor ∨ oplus ⊕ ominus ⊖ otimes ⊗ odot ⊙ "
    "bmod mod sqcup ⊔ sqcap ⊓ uplus ⊎"
)
RELATIONS = _pairs(
    "le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥ ne ≠ neq ≠ equiv ≡ approx ≈ sim ∼ simeq ≃ cong ≅ propto ∝ ll ≪ gg ≫ lt < gt > "
    "in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ subsetneq ⊊ perp ⟂ parallel ∥ mid ∣ nmid ∤ vdash ⊢ models ⊨ "
    "to → rightarrow → leftarrow ← gets ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ implies ⟹ impliedby ⟸ iff ⟺ "
    "mapsto ↦ longrightarrow ⟶ longleftarrow ⟵ longmapsto ⟼ Longrightarrow ⟹ hookrightarrow ↪ uparrow ↑ downarrow ↓ rightleftharpoons ⇌ "
    "therefore ∴ because ∵ prec ≺ succ ≻ preceq ⪯ succeq ⪰ doteq ≐ triangleq ≜ coloneqq ≔ asymp ≍ colon :"
)
BIG = _pairs(
    "sum ∑ prod ∏ coprod ∐ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ bigvee ⋁ bigwedge ⋀ int ∫ iint ∬ iiint ∭ oint ∮"
)
"""Operators whose limits stand below and above them; those of integrals stand beside."""
FUNCTIONS = frozenset(
    "sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan log ln lg exp max min sup inf lim limsup liminf arg deg det dim "
    "gcd hom ker Pr mod argmax argmin".split()
)
LIMITED = frozenset("max min sup inf lim limsup liminf det gcd Pr argmax argmin".split())
"""Functions whose index stands below them."""
ACCENTS = _pairs(
    "hat \u0302 widehat \u0302 bar \u0304 overline \u0305 vec \u20d7 overrightarrow \u20d7 dot \u0307 ddot \u0308 tilde \u0303 widetilde \u0303 "
    "acute \u0301 grave \u0300 check \u030c breve \u0306 underline \u0332"
)
SPACES = {
    ",": " ",
    ";": " ",
    ":": " ",
    " ": " ",
    "!": "",
    "quad": "  ",
    "qquad": "    ",
    "thinspace": " ",
    "enspace": " ",
}
IGNORED = frozenset(
    "displaystyle textstyle scriptstyle limits nolimits big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm "
    "nonumber notag".split()
)
PLAIN = frozenset(
    "mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak boldsymbol bm pmb mathop mathbin mathrel mathord".split()
)
"""Commands that choose a font."""
TEXTS = frozenset("text textrm textbf textit texttt textsf mbox operatorname mathrm".split())
"""Commands whose argument is text, or is read as such where it is a word."""
DELIMITERS = _pairs(
    "{ { } } lbrace { rbrace } langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ | ‖ vert | Vert ‖ lvert | rvert | lVert ‖ rVert ‖ "
    "lbrack [ rbrack ]"
)
DOUBLE = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "𝔸𝔹ℂ𝔻𝔼𝔽𝔾ℍ𝕀𝕁𝕂𝕃𝕄ℕ𝕆ℙℚℝ𝕊𝕋𝕌𝕍𝕎𝕏𝕐ℤ", strict=True)) | {"1": "𝟙"}
NEGATED = _pairs("= ≠ ∈ ∉ ⊂ ⊄ ⊆ ⊈ ≡ ≢ ∃ ∄ < ≮ > ≯ ≤ ≰ ≥ ≱ ∼ ≁ ≈ ≉")
SUPERSCRIPTS = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδθφχ′∗*",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿᵠᵡ′**",
        strict=True,
    )
) | {"∘": "°", "°": "°", "†": "†"}
SUBSCRIPTS = dict(
    zip("0123456789+-=(),aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎,ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)
