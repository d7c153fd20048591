namespace Pipelines.StandTests.Fire.Auditing;

internal sealed class EveryWaitEnds() : AuditRule("I11", "Every waiting state has a deadline that is stored with it. Nothing can wait for ever.")
{
    /// <summary>A lost timer is found by the watchdog; until then a saga may be past its deadline.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly string[] Rests = ["Succeeded", "Failed", "RolledBack", "Cancelled", "Aborted", "Superseded"];
    private static readonly string[] ReplicaRests = ["Deployed", "Failed", "Restored", "Stuck"];

    public override IEnumerable<Violation> Check(Books books)
    {
        var conductors = books.Sagas.Where(x => x.Machine == "promotion").ToDictionary(x => x.Id);
        var promotions = books.Promotions.ToDictionary(x => x.Id);
        foreach (var saga in books.Sagas)
        {
            var promotion = PromotionOf(saga);
            var rests = (saga.Machine == "replica" ? ReplicaRests : Rests).Contains(saga.State);
            if (!rests && saga.DeadlineAt is null)
            {
                yield return Broken(promotion, $"{saga.Machine} {saga.Id} is {saga.State} and has no deadline");
            }

            if (saga.DeadlineAt + Patience < books.Now)
            {
                yield return Broken(promotion, $"{saga.Machine} {saga.Id} is {saga.State}, and its deadline was at {saga.DeadlineAt:O}");
            }

            if (!rests && promotions.GetValueOrDefault(promotion)?.EndedAt is { } ended)
            {
                yield return Broken(promotion, $"{saga.Machine} {saga.Id} is {saga.State}, and its promotion ended at {ended:O}");
            }
        }

        foreach (var promotion in books.Promotions.Where(x => x.EndedAt is null && (conductors.GetValueOrDefault(x.Id) is { } saga ? Rests.Contains(saga.State) : x.AcceptedAt + Patience < books.Now)))
        {
            yield return Broken(promotion.Id, $"{promotion.Pipeline} is {promotion.State}, and nobody is at it");
        }
    }

    private static Guid PromotionOf(SagaRow saga) =>
        saga.Machine switch
        {
            "promotion" => saga.Id,
            "replica" => saga.Body.GetProperty("which").GetProperty("promotionId").GetGuid(),
            _ => saga.Body.GetProperty("promotionId").GetGuid(),
        };
}
