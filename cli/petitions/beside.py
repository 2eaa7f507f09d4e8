"""What happens to a petition beside the straight way, as lines of its page."""

from collections.abc import Callable, Iterator

from aggregates.petition.state import Petition, Stage
from aggregates.readers import Field
from cli.moments import shown
from office.reading import Read
from projections.words import BODIES, CAUSES, PAPERS, PARTIES, REVIEWS, STAGES, URGENT, both
from rulebook.model import Rulebook

Named = Callable[[str | None], str]
"""An id → the names people use."""

Lines = Iterator[tuple[str, str]]


def beside(state: Petition, book: Rulebook, named: Named, read: Read) -> Lines:
    """Lines for what there is of it: nothing of a petition that goes straight."""
    if state.merged_into:
        masked = "另一件诉求 another petition [dim]加 --by 显示 shown with --by to who may read this one[/]"
        shown_to_them = read.shows(Field.OTHER)
        there = (
            f"{state.merged_into}  [dim]suqiu petition show {state.merged_into} --by …[/]" if shown_to_them else masked
        )
        yield "并入 merged into", f"{there}\n[dim]受理编号仍有效 this receipt stays valid[/]"
    yield from _who(state, named, read)
    yield from _waiting(state, book)
    yield from _helped(state, named)
    if state.review_level:
        final = " [bold]终结 final[/]" if state.final else ""
        by = named(state.review_unit)
        yield REVIEWS[state.review_level], f"{by}{final}"
    if state.stage in (Stage.REPLIED, Stage.CLOSED):
        if state.dispute_by and not state.review_level:
            yield "可提异议 dispute by", shown(state.dispute_by, book.zone)
        if state.review_by and not state.final:
            yield "可申请复查 review by", shown(state.review_by, book.zone)


def _who(state: Petition, named: Named, read: Read) -> Lines:
    if state.urgent:
        yield "紧急 urgent", f"[bold red]{both(URGENT, state.urgent)}[/] · 优先级 priority {state.priority}"
    if state.residents > 1:
        yield "联名 joint", f"{state.residents} 人 residents"
    if state.anonymous:
        yield "匿名 anonymous", "提出人不愿留名 the resident does not want to be named"
    if state.confidential:
        yield "保密 confidential", "不向承办单位透露提出人 who asks is kept from the units"
    if state.complained_about and read.shows(Field.COMPLAINT):
        about = "、".join(named(unit) for unit in state.complained_about)
        yield "被反映单位 complained about", f"{about}  [yellow]须回避 has no part in it[/]"
    if state.supervised_by:
        yield "督办 watched by", named(state.supervised_by)
    if state.decided_above == "asked":
        yield "上级确定 decided above", "[yellow]多次退单，由上级领导确定承办单位 a leader of the tier above decides[/]"


def _waiting(state: Petition, book: Rulebook) -> Lines:
    if state.waits_until:
        back = both(STAGES, state.before.value) if state.before else "—"
        since, until = shown(state.waited_from, book.zone), shown(state.waits_until, book.zone)
        yield "等待 waits", f"{since} → [bold]{until}[/]，之后恢复为 then again {back}"
    if state.parking_asked:
        asked = state.parking_asked
        again = shown(asked.look_again_at, book.zone)
        yield "申请挂账 parking asked", f"{both(CAUSES, asked.cause)}，复看 look again {again}，待审批 to be decided"


def _helped(state: Petition, named: Named) -> Lines:
    if state.papers_stage:
        papers = "、".join(state.papers)
        yield "代办 papers", f"{papers} → {named(state.papers_for)} · {both(PAPERS, state.papers_stage)}"
    if state.handed_over_to:
        confirmed = "已确认 confirmed" if state.hand_over_confirmed else "[yellow]待确认 to be confirmed[/]"
        yield "引领 handed over", f"{named(state.handed_over_to)} · {confirmed}"
    if state.mediation:
        yield "联合调解 mediation", "、".join(both(PARTIES, party) for party in state.mediation)
    if state.referred_to:
        yield "提交研究 referred to", both(BODIES, state.referred_to)
