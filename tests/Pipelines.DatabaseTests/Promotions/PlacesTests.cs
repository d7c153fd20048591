using Dapper;
using Npgsql;
using NUnit.Framework;

namespace Pipelines.DatabaseTests.Promotions;

/// <summary>Who takes a place at the gate of decisions, and when it is given back.</summary>
internal sealed class PlacesTests
{
    [Test]
    public async Task A_request_takes_a_place_while_it_is_accepted_and_a_decision_while_it_is_made_and_none_is_kept()
    {
        await using var plant = await PromotionPlant.StartAsync();
        var gate = plant.Gate;
        Task<Guid> accepting;
        await using (await HeldAsync(plant, "promotion"))
        {
            accepting = plant.PromoteAsync();
            await Eventually.HoldsAsync(() => gate.Answering == 1, () => "a request that is being accepted takes no place");
        }

        await using (await HeldAsync(plant, "saga"))
        {
            await plant.PromoteAsync();
            await Eventually.HoldsAsync(() => gate.Deciding >= 1, () => "a decision takes no place");
        }

        await plant.WaitForAsync(await accepting, "Succeeded");
        await Eventually.HoldsAsync(() => (gate.Answering, gate.Deciding) == (0, 0), () => $"{gate.Answering} and {gate.Deciding} places were not given back");
    }

    [Test]
    public async Task A_place_is_given_back_before_what_was_decided_is_sent()
    {
        var (sent, sending) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var plant = await PromotionPlant.StartAsync(configureStorage: options =>
        {
            options.Outbox.Lease = TimeSpan.FromMinutes(10);
            options.Outbox.SendTimeout = TimeSpan.FromMinutes(5);
        });
        var gate = plant.Gate;
        Guid promotion;
        await using (await HeldAsync(plant, "saga"))
        {
            promotion = await plant.PromoteAsync();
            await Eventually.HoldsAsync(() => gate.Deciding == 1, () => "nothing was decided");
            plant.Transport.Instead = async send =>
            {
                sending.TrySetResult();
                await sent.Task;
                await send();
            };
        }

        try
        {
            await sending.Task;
            await Eventually.HoldsAsync(() => gate.Deciding == 0, () => "a place is held while the broker is waited for");
        }
        finally
        {
            sent.SetResult();
        }

        await plant.WaitForAsync(promotion, "Succeeded");
    }

    /// <summary>Nobody else writes to the table until it is disposed of.</summary>
    private static async Task<NpgsqlConnection> HeldAsync(PromotionPlant plant, string table)
    {
        var connection = await plant.OpenAsync();
        await connection.BeginTransactionAsync();
        await connection.ExecuteAsync($"lock table {table} in exclusive mode");
        return connection;
    }
}
