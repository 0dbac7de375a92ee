using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Functions.Maintenance;
using Xunit;

namespace Serverless.Tests.Maintenance;

public sealed class NightlyChoresTests
{
    [Fact]
    public async Task A_chore_that_fails_keeps_no_other_from_being_done_and_is_told_of()
    {
        var (before, after) = (new Chore(), new Chore());
        INightlyChore[] chores = [before, new Chore { Fails = true }, after];
        var night = new DoNightlyChores(chores, NullLogger<DoNightlyChores>.Instance);
        await Assert.ThrowsAsync<InvalidOperationException>(() => night.Run(new(), null!, CancellationToken.None));
        Assert.True(before.IsDone && after.IsDone);
    }

    [Fact]
    public void Every_chore_is_registered()
    {
        var services = new ServiceCollection();
        services.AddMaintenance();
        Assert.Equal(
            typeof(INightlyChore)
                .Assembly.GetTypes()
                .Where(type => type.IsClass && type.IsAssignableTo(typeof(INightlyChore)))
                .Select(type => type.Name)
                .Order(),
            services.Select(service => service.ImplementationType!.Name).Order()
        );
    }

    private sealed class Chore : INightlyChore
    {
        public bool Fails { get; init; }

        public bool IsDone { get; private set; }

        public async Task DoAsync(DurableTaskClient durable, CancellationToken ct)
        {
            await Task.Yield();
            if (Fails)
                throw new IOException("The storage does not answer.");
            IsDone = true;
        }
    }
}
