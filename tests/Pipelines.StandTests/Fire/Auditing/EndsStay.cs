namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class EndsStay() : AuditRule("I9", "A terminal state absorbs: nothing leaves it.")
{
    private static readonly string[] Moves = ["promotion", "stage", "replica", "needs-attention"];
    private static readonly string[] StageEnds = ["Succeeded", "Failed", "RolledBack", "Cancelled"];

    public override IEnumerable<Violation> Check(Books books)
    {
        foreach (var promotion in books.Promotions)
        {
            if (books.Before.TryGetValue(promotion.Id, out var before) && before != new Ending(promotion.State, promotion.EndedAt ?? default, promotion.LastSeq))
            {
                yield return Broken(promotion.Id, $"{promotion.Pipeline} had ended as {before.State} with {before.LastSeq} lines, and is {promotion.State} with {promotion.LastSeq}");
            }

            var lines = books.Lines[promotion.Id].ToList();
            if (lines.Find(x => x.IsEnd) is { } end)
            {
                if (end["state"] != promotion.State || promotion.EndedAt != end.At)
                {
                    yield return Broken(promotion.Id, $"{promotion.Pipeline} ended as {end["state"]} at {end.At:O}, and is {promotion.State} since {promotion.EndedAt:O}");
                }

                if (lines.Find(x => x.Seq > end.Seq && Moves.Contains(x.Type)) is { } after)
                {
                    yield return Broken(promotion.Id, $"{promotion.Pipeline} ended in line {end.Seq}, and line {after.Seq} says {after.Type} {after["state"]}");
                }
            }

            foreach (var stage in lines.Where(x => x.Type == "stage").GroupBy(x => x["index"]))
            {
                if (stage.SkipWhile(x => !StageEnds.Contains(x["state"])).Skip(1).FirstOrDefault() is { } left)
                {
                    yield return Broken(promotion.Id, $"stage {left["kind"]} of {promotion.Pipeline} had ended, and is {left["state"]} in line {left.Seq}");
                }
            }
        }

        foreach (var gone in books.Before.Keys.Except(books.Promotions.Select(x => x.Id)))
        {
            yield return Broken(gone, "it had ended, and is not there any more");
        }
    }
}
