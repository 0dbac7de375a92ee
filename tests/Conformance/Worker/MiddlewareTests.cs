using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Serverless.Conformance.Worker;

public sealed class Trail
{
    public List<string> Steps { get; } = [];
    public bool IsDisposed { get; set; }
}

public sealed class ScopedThing(Trail trail) : IDisposable
{
    public void Dispose() => trail.IsDisposed = true;
}

public sealed class MiddlewareFunctions(Trail trail, ScopedThing thing)
{
    [Function("Guarded")]
    public IResult Guarded([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "guarded")] HttpRequest request, FunctionContext context)
    {
        _ = request;
        Assert.Same(thing, context.InstanceServices.GetRequiredService<ScopedThing>());
        trail.Steps.Add("function");
        return Results.Text("passed");
    }
}

public sealed class FirstMiddleware(Trail trail) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        trail.Steps.Add("first in");
        await next(context);
        trail.Steps.Add("first out " + context.GetInvocationResult().Value?.GetType().Name);
    }
}

public sealed class Doorkeeper : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (!context.GetHttpContext()!.Request.Query.ContainsKey("closed"))
            return next(context);
        context.GetInvocationResult().Value = Results.StatusCode(StatusCodes.Status403Forbidden);
        return Task.CompletedTask;
    }
}

public sealed class MiddlewareTests
{
    private static Task<FunctionsApp> StartAsync(Trail trail, Action<FunctionsApplicationBuilder> configure) =>
        FunctionsApp.StartAsync([typeof(MiddlewareFunctions)], builder =>
        {
            builder.ConfigureFunctionsWebApplication();
            builder.Services.AddSingleton(trail).AddScoped<ScopedThing>();
            configure(builder);
        });

    [Fact]
    public async Task Middleware_runs_in_the_order_of_registration()
    {
        var trail = new Trail();
        await using var app = await StartAsync(trail, builder =>
        {
            builder.UseMiddleware<FirstMiddleware>();
            builder.UseMiddleware(async (_, next) =>
            {
                trail.Steps.Add("second in");
                await next();
                trail.Steps.Add("second out");
            });
            builder.UseWhen(context => context.FunctionDefinition.Name == "Other", (_, _) => throw new InvalidOperationException("not for this function"));
        });
        Assert.Equal("passed", await app.GetStringAsync("/api/guarded"));
        Assert.Equal(["first in", "second in", "function", "second out"], trail.Steps[..4]);
        Assert.StartsWith("first out ", trail.Steps[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_middleware_answers_by_setting_the_result()
    {
        var trail = new Trail();
        await using var app = await StartAsync(trail, builder => builder.UseWhen<Doorkeeper>(context => context.GetHttpContext() is not null));
        Assert.Equal(HttpStatusCode.Forbidden, (await app.GetAsync("/api/guarded?closed")).StatusCode);
        Assert.Empty(trail.Steps);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync("/api/guarded")).StatusCode);
    }

    [Fact]
    public async Task An_instance_gets_services_of_the_invocations_scope_which_ends_with_it()
    {
        var trail = new Trail();
        await using (var app = await StartAsync(trail, _ => { }))
            Assert.Equal("passed", await app.GetStringAsync("/api/guarded"));
        Assert.True(trail.IsDisposed);
    }

    [Fact]
    public async Task An_exception_of_a_middleware_is_500()
    {
        await using var app = await StartAsync(new Trail(), builder => builder.UseMiddleware((_, _) => throw new InvalidOperationException()));
        Assert.Equal(HttpStatusCode.InternalServerError, (await app.GetAsync("/api/guarded")).StatusCode);
    }

    [Fact]
    public async Task A_middleware_may_turn_an_exception_into_an_answer()
    {
        await using var app = await StartAsync(new Trail(), builder =>
        {
            builder.UseMiddleware(async (context, next) =>
            {
                try
                {
                    await next();
                }
                catch (InvalidOperationException)
                {
                    context.GetInvocationResult().Value = Results.StatusCode(StatusCodes.Status409Conflict);
                }
            });
            builder.UseMiddleware((_, _) => throw new InvalidOperationException());
        });
        Assert.Equal(HttpStatusCode.Conflict, (await app.GetAsync("/api/guarded")).StatusCode);
    }

    [Fact]
    public async Task A_host_is_built_once_and_takes_no_middleware_afterwards()
    {
        var checkedBoth = await Assert.ThrowsAsync<NotSupportedException>(() => StartAsync(new Trail(), builder =>
        {
            using (builder.Build())
            {
                Assert.Throws<InvalidOperationException>(builder.Build);
                Assert.Throws<InvalidOperationException>(() => builder.UseMiddleware<Doorkeeper>());
            }
            throw new NotSupportedException("checked");
        }));
        Assert.Equal("checked", checkedBoth.Message);
    }
}
