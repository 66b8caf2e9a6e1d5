"""A scikit-learn user: a pipeline, a grid search with a certificate, an MLP judged in its loop."""

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import convex_program as cx

table = load_diabetes(as_frame=True)
X, y = table.data[["bmi", "s5"]].iloc[:60], table.target[:60].to_numpy() / 100

model = make_pipeline(StandardScaler(), cx.ConvexReLURegressor())
search = GridSearchCV(model, {"convexreluregressor__beta": [3.0, 10.0]}, cv=2).fit(X, y)
best = search.best_estimator_[-1]
assert best.gap_ < 1e-5
assert best.lower_bound_ <= best.objective_

rows = StandardScaler().fit_transform(X)
mlp = MLPRegressor(
    hidden_layer_sizes=(8,),
    alpha=1.0,
    batch_size=len(rows),
    learning_rate_init=0.01,
    random_state=0,
)
mlp.partial_fit(rows, y)
_, problem = cx.from_sklearn(mlp, rows, y)
gap = cx.Gap(problem, every=50, seconds=0.5)
for epoch in range(201):
    mlp.partial_fit(rows, y)
    gap(epoch, mlp)
points = gap.history
assert [point.epoch for point in points] == [0, 50, 100, 150, 200]
assert points[-1].objective < points[0].objective
assert np.isfinite(gap.relative_gap)
print(search.best_params_, gap)
